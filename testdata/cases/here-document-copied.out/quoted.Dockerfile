FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
COPY --chmod=755 <<'EOF' /start.sh
#!/bin/sh
set -e
# java
exec java $JAVA_OPTS -jar /app/a.jar "$@"
EOF
CMD ["/start.sh"]
