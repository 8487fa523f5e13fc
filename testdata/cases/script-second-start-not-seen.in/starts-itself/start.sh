#!/bin/sh
if [ "$(id -u)" = 0 ]; then exec gosu app /start.sh "$@"; fi
exec java -jar /app.jar
