export CATALINA_OPTS="-Xmx2g"
