FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
RUN printf '%s\n' '#!/bin/sh' 'exec java -jar /app/a.jar' >/tmp/x && mv /tmp/x /start.sh
CMD sh /start.sh
