FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
COPY app.zip /tmp/
RUN unzip /tmp/app.zip -d /app && echo 'java -jar /app/a.jar' >>/app/bin/start.sh
CMD ["/app/bin/start.sh"]
