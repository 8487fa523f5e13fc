#!/bin/sh
if [ "${1#-}" != "$1" ]; then set -- java -jar /app.jar "$@"; fi
exec "$@"
