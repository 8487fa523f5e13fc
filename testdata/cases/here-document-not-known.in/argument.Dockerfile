FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
RUN cat >/start.sh <<END
#!/bin/sh
exec java -jar /app/a.jar $@
END
CMD ["/start.sh"]
