#!/bin/sh
exec java -Ddd.agent.host=localhost -Ddd.profiling.enabled=true -XX:FlightRecorderOptions=stackdepth=256 -Ddd.logs.injection=true -Ddd.service=x -Ddd.env=y "-javaagent:$H/dd-java-agent.jar" -jar a.jar "$@"
