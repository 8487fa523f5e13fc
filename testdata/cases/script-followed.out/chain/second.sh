#!/bin/bash
if [ "$1" = debug ]; then
  java -Xdebug -jar /app.jar
else
  exec java -jar /app.jar
fi
