#!/bin/sh
if [ "$X" ]; then
  A=-javaagent:/dd-java-agent.jar
  exec java -Ddd.agent.host=localhost -Ddd.profiling.enabled=true -XX:FlightRecorderOptions=stackdepth=256 -Ddd.logs.injection=true -Ddd.service=x $A -jar /a.jar
fi
