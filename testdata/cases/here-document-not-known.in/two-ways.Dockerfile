FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
ARG DEBUG
RUN if [ -n "$DEBUG" ]; then echo 'java -Xdebug -jar /app/a.jar' >/start.sh; else echo 'java -jar /app/a.jar' >/start.sh; fi
CMD sh /start.sh
