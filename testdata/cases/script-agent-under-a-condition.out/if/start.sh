#!/bin/sh
if [ "$DD_ON" = 1 ]; then A=-javaagent:/dd-java-agent.jar; fi
exec java $A -jar /a.jar
