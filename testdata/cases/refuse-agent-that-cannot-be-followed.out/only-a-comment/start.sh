#!/bin/sh
# java -javaagent:/opt/newrelic.jar is gone
exec java -javaagent:/usr/agent/dd-java-agent.jar -Ddd.service=x -jar /app.jar
