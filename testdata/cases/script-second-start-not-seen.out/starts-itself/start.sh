#!/bin/sh
if [ "$(id -u)" = 0 ]; then exec gosu app /start.sh "$@"; fi
exec java -javaagent:/usr/agent/dd-java-agent.jar -Ddd.service=x -jar /app.jar
