FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
RUN echo '#!/bin/sh' > /start.sh \
 && echo 'exec java -jar /app/a.jar "$@"' >> /start.sh \
 && chmod +x /start.sh
ENTRYPOINT ["/start.sh"]
