#!/bin/sh
if [ "$DD_ON" ]; then export JAVA_TOOL_OPTIONS=-javaagent:/dd-java-agent.jar; fi
exec java -jar /a.jar
