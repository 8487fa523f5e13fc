FROM eclipse-temurin:17-jre
COPY start.sh /start.sh
ENTRYPOINT ["/start.sh"]
