resource "aws_ecs_task_definition" "api" {
  family       = "api"
  network_mode = "bridge"
  container_definitions = jsonencode([
    {
      name       = "api"
      image      = "registry.example.com/api:1"
      memory     = 512
      entryPoint = ["java", "-jar", "/app.jar"]
      environment = [
        { name = "DD_AGENT_HOST", value = "localhost" },
        { name = "DD_API_KEY", value = "0123456789abcdef0123456789abcdef" },
      ]
    }
  ])
}
