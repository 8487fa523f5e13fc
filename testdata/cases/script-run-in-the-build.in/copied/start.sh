#!/bin/sh
exec java -jar /app/a.jar "$@"
