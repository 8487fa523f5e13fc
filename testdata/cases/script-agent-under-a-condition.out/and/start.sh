#!/bin/sh
[ -n "$DD_ON" ] && A=-javaagent:/dd-java-agent.jar
exec java $A -jar /a.jar
