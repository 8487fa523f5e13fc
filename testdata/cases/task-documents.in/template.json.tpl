[
  {"name": "api", "image": "${image}", "essential": true, "memory": ${memory},
   "environment": [{"name": "DD_LOG_INJECTION", "value": "true"}]}
]
