FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
RUN printf '#!/bin/sh\nexec java -jar /app/a.jar\n' >/start.sh
RUN chmod +x /start.sh
CMD ["/start.sh"]
