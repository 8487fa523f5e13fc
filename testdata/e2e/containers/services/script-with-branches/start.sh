#!/bin/sh
if [ -n "$DEBUG" ]; then
    exec java -agentlib:jdwp=transport=dt_socket,server=y,suspend=n -jar /app.jar "$@"
else
    exec java -Xmx64m -jar /app.jar "$@"
fi
