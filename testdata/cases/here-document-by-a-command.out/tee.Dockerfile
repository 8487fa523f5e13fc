FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
RUN tee /start.sh <<'END'
#!/bin/sh
exec java -jar /app/a.jar
END
RUN chmod +x /start.sh
CMD ["/start.sh"]
