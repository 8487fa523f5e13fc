#!/bin/sh
. ./env.sh
exec java $JAVA_OPTS -jar /app.jar
