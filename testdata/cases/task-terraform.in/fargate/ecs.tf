variable "tag" {}

locals {
  # The key stands here once, for all.
  agent_environment = [
    { name = "ECS_FARGATE", value = "true" },
    { name = "DD_API_KEY", value = "0123456789abcdef0123456789abcdef" },
    { name = "DD_SITE", value = "app.datadoghq.eu" },
  ]
}

resource "aws_ecs_task_definition" "api" {
  family                   = "api"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 512
  memory                   = 1024
  execution_role_arn       = aws_iam_role.execution.arn

  container_definitions = jsonencode([
    {
      name        = "api"
      image       = "${var.repository}:${var.tag}"
      essential   = true
      environment = [for key, value in var.environment : { name = key, value = value }]
      dependsOn   = [{ containerName = "datadog-agent", condition = "HEALTHY" }]
    },
    {
      name        = "datadog-agent"
      image       = "public.ecr.aws/datadog/agent:latest"
      environment = local.agent_environment
    },
  ])
}

resource "aws_ecs_task_definition" "worker" {
  family                   = "worker"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 512
  memory                   = 1024
  container_definitions = jsonencode([
    { name = "worker", image = "worker:1", environment = [{ name = "DD_SERVICE", value = "worker" }] },
  ])
}
