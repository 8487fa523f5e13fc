#!/bin/sh
exec java "$@" -javaagent:/opt/newrelic.jar -jar /app.jar
