#!/bin/sh
java -javaagent:/usr/agent/dd-java-agent.jar -Ddd.service=x -cp /m.jar Migrate
/opt/app/bin/app
