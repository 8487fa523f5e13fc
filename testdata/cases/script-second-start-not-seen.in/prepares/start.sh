#!/bin/sh
command -v java >/dev/null || exit 1
usermod -u "$UID" java
log() { echo "$@"; }
log start
exec gosu app java -jar /app.jar | tee /log
