#!/bin/sh
unset CATALINA_OPTS
exec catalina.sh run
