resource "aws_ecs_task_definition" "api" {
  family       = "api"
  network_mode = "host"
  container_definitions = jsonencode([
    { name = "api", image = "api:1", memory = 512, command = ["java", "${var.opts}", "-Dx=${var.y}", "-jar", "/app.jar"] },
    { name = "b", image = "api:1", memory = 512, command = ["java", var.opts, "-jar", "/app-${var.v}.jar"] },
    { name = "c", image = "api:1", memory = 512, command = ["java", "-javaagent:${var.agent}", "-jar", "/app-${var.v}.jar"] },
  ])
}
