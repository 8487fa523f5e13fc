#!/bin/sh
if [ -n "$TRACE" ]; then OPTIONS="-javaagent:/opt/dd-java-agent.jar"; else OPTIONS=""; fi
exec java $OPTIONS -jar /app.jar
