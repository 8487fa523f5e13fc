#!/bin/sh
set -e
# The memory comes from the deployment.
JAVA_OPTS="-Xmx${MEMORY:-64m}"

if [ -n "$DEBUG" ]; then
    set -x
fi
exec java $JAVA_OPTS -jar /app.jar --from=script "$@"
