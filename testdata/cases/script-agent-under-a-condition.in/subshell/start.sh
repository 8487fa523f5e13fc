#!/bin/sh
(A=-javaagent:/dd-java-agent.jar)
exec java $A -jar /a.jar
