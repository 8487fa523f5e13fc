#!/bin/sh
A=-javaagent:/dd-java-agent.jar
if [ "$X" ]; then B=-Xmx1g; fi
exec java -Ddd.agent.host=localhost -Ddd.profiling.enabled=true -XX:FlightRecorderOptions=stackdepth=256 -Ddd.logs.injection=true -Ddd.service=x $A $B -jar /a.jar
