#!/bin/sh
if [ "${1#-}" != "$1" ]; then set -- java -javaagent:/usr/agent/dd-java-agent.jar -Ddd.service=x -jar /app.jar "$@"; fi
exec "$@"
