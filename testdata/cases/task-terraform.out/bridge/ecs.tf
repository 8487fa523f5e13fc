resource "aws_ecs_task_definition" "api" {
  family       = "api"
  network_mode = "bridge"
  container_definitions = jsonencode([
    {
      name        = "api"
      image       = "api:1"
      memory      = 512
      environment = [{ name = "DD_AGENT_HOST", value = "localhost" }]
      mountPoints = [{ sourceVolume = "nowhere", containerPath = "/data" }]
    }
  ])
  volume {
    name = "data"
  }
}
