#!/bin/sh
if [ "$DD_ON" ]; then
  java -javaagent:/dd-java-agent.jar -jar /a.jar
else
  exec java -jar /a.jar
fi
