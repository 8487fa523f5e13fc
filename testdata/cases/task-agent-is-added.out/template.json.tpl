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
      "environment": [ { "name": "A", "value": "b" }, { "name": "DD_ENV", "value": "prod" }, { "name": "DD_SERVICE", "value": "api" } ],
      "logConfiguration": {
        "logDriver": "awslogs",
        "options": { "awslogs-group": "${group}", "awslogs-region": "${region}", "awslogs-stream-prefix": "ecs" }
      }
    },
    {
      "name": "datadog-agent",
      "image": "public.ecr.aws/datadog/agent:7",
      "essential": false,
      "portMappings": [
        { "containerPort": 8125, "protocol": "udp" },
        { "containerPort": 8126, "protocol": "tcp" }
      ],
      "environment": [
        { "name": "ECS_FARGATE", "value": "true" },
        { "name": "DD_SITE", "value": "datadoghq.eu" },
        { "name": "DD_ENV", "value": "prod" },
        { "name": "DD_SERVICE", "value": "api" }
      ],
      "secrets": [
        { "name": "DD_API_KEY", "valueFrom": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:datadog-AbCdEf" }
      ],
      "healthCheck": {
        "command": [ "CMD-SHELL", "/probe.sh" ],
        "interval": 15,
        "timeout": 5,
        "retries": 3,
        "startPeriod": 60
      },
      "logConfiguration": {
        "logDriver": "awslogs",
        "options": { "awslogs-group": "${group}", "awslogs-region": "${region}", "awslogs-stream-prefix": "ecs" }
      }
    }
  ]
}
