#!/bin/sh
if [ "$DD_ON" ]; then
  java -Ddd.agent.host=localhost -Ddd.profiling.enabled=true -XX:FlightRecorderOptions=stackdepth=256 -Ddd.logs.injection=true -Ddd.service=x -javaagent:/dd-java-agent.jar -jar /a.jar
else
  exec java -javaagent:/usr/agent/dd-java-agent.jar -Ddd.agent.host=localhost -Ddd.profiling.enabled=true -XX:FlightRecorderOptions=stackdepth=256 -Ddd.logs.injection=true -Ddd.service=x -jar /a.jar
fi
