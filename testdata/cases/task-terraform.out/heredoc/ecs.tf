resource "aws_ecs_task_definition" "api" {
  family = "api"
  container_definitions = <<-JSON
    [
      {
        "name": "api",
        "image": "${var.image}",
        "memory": ${var.memory},
        "entryPoint": ["java", "-jar", "/app.jar"],
        "environment": [{"name": "DD_LOG_INJECTION", "value": "true"}]
      }
    ]
  JSON
}
