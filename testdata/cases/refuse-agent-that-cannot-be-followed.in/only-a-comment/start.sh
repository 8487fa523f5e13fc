#!/bin/sh
# java -javaagent:/opt/newrelic.jar is gone
exec java -jar /app.jar
