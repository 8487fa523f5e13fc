#!/bin/sh
exec java -jar a.jar "-javaagent:$H/dd-java-agent.jar" "$@"
