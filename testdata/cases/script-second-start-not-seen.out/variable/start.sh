#!/bin/sh
java -javaagent:/usr/agent/dd-java-agent.jar -Ddd.service=x -cp /m.jar Migrate
JAVA=$(command -v java)
exec "$JAVA" -javaagent:/usr/agent/dd-java-agent.jar -Ddd.service=x -jar /app.jar
