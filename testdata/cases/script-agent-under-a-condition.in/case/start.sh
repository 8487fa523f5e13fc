#!/bin/sh
case "$STAGE" in prod) A=-javaagent:/dd-java-agent.jar ;; esac
exec java $A -jar /a.jar
