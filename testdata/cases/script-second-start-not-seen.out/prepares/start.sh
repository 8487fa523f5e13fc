#!/bin/sh
command -v java >/dev/null || exit 1
usermod -u "$UID" java
log() { echo "$@"; }
log start
exec gosu app java -javaagent:/usr/agent/dd-java-agent.jar -Ddd.service=x -jar /app.jar | tee /log
