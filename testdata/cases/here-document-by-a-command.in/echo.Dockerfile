FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
WORKDIR /app
RUN echo "#!/bin/bash\njava -Xmx362m -jar /app/a.jar" > app.sh
RUN chmod +x app.sh
CMD ["/app/app.sh"]
