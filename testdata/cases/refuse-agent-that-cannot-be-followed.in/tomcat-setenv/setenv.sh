CATALINA_OPTS="$CATALINA_OPTS -javaagent:/opt/newrelic.jar"
