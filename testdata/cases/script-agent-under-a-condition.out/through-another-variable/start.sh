#!/bin/sh
OPTS=-Xmx1g
if [ "$DD_ON" ]; then A=-javaagent:/dd-java-agent.jar; fi
OPTS="$OPTS $A"
exec java $OPTS -jar /a.jar
