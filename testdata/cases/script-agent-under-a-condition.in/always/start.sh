#!/bin/sh
A=-javaagent:/dd-java-agent.jar
if [ "$X" ]; then B=-Xmx1g; fi
exec java $A $B -jar /a.jar
