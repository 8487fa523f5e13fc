FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
ENV JAR=/app/a.jar
RUN cat >/start.sh <<END
#!/bin/sh
exec java \\
  \$JAVA_OPTS -jar ${JAR}
END
CMD ["sh", "/start.sh"]
