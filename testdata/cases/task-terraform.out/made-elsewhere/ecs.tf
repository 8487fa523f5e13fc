resource "aws_ecs_task_definition" "api" {
  family                   = "api"
  requires_compatibilities = ["FARGATE"]
  container_definitions    = templatefile("${path.module}/containers.json", { tag = var.tag })
}

resource "aws_ecs_task_definition" "other" {
  family                   = "other"
  requires_compatibilities = [var.launch_type]
  network_mode             = var.network_mode
  container_definitions    = jsonencode(concat([local.api], var.sidecars))
}
