export JAVA_OPTS="$MORE -javaagent:/opt/newrelic.jar"
