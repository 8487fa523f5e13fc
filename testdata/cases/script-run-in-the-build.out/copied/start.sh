#!/bin/sh
exec java -javaagent:/usr/agent/dd-java-agent.jar -Ddd.service=x -jar /app/a.jar "$@"
