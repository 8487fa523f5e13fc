#!/bin/sh
if [ "$X" ]; then
  A=-javaagent:/dd-java-agent.jar
  exec java $A -jar /a.jar
fi
