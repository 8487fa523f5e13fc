#!/bin/sh
if [ -x "$JAVA_HOME/bin/java" ]; then JAVA=$JAVA_HOME/bin/java; else JAVA=java; fi
exec "$JAVA" -javaagent:/usr/agent/dd-java-agent.jar -Ddd.agent.host=localhost -Ddd.profiling.enabled=true -XX:FlightRecorderOptions=stackdepth=256 -Ddd.logs.injection=true -Ddd.service=x -jar /a.jar
