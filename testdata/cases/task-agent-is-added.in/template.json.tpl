{
  "family": "${family}",
  "networkMode": "awsvpc",
  "requiresCompatibilities": [ "FARGATE" ],
  "executionRoleArn": "${role}",
  "cpu": "${cpu}", "memory": "${memory}",
  "containerDefinitions": [
    {
      "name": "api",
      "image": "${image}",
      "memory": ${container_memory},
      "environment": [ { "name": "A", "value": "b" } ],
      "logConfiguration": {
        "logDriver": "awslogs",
        "options": { "awslogs-group": "${group}", "awslogs-region": "${region}", "awslogs-stream-prefix": "ecs" }
      }
    }
  ]
}
