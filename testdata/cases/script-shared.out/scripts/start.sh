#!/bin/sh
set -e
exec java -javaagent:/usr/agent/dd-java-agent.jar -Ddd.service=both $JAVA_OPTS -jar /app.jar "$@"
