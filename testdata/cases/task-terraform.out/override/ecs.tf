resource "aws_ecs_task_definition" "api" {
  family       = "api"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "api", image = "api:1", memory = 512, command = ["java", "-Xmx1g", "-jar", "/app.jar"] },
  ])
}
