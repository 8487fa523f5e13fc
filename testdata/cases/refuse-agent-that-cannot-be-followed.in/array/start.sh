#!/bin/bash
OPTIONS=(-javaagent:/opt/newrelic.jar -Xmx1g)
exec java "${OPTIONS[@]}" -jar /app.jar
