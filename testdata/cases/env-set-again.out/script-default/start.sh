#!/bin/sh
export CATALINA_OPTS="${CATALINA_OPTS:--Xmx512m}"
exec catalina.sh run
