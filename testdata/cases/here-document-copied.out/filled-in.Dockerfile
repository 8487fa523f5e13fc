FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
ENV JAR=/app/a.jar
COPY --chmod=755 <<EOF /start.sh
#!/bin/sh
exec java \$JAVA_OPTS -jar $JAR "\$@"
EOF
CMD ["/start.sh"]
