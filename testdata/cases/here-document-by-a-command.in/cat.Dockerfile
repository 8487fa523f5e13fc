FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
RUN cat <<'END' >/start.sh && chmod +x /start.sh
#!/bin/sh
exec java $JAVA_OPTS -jar /app/a.jar
END
CMD ["/start.sh"]
