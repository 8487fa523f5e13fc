FROM eclipse-temurin:17-jre
ADD --chmod=755 https://dtdg.co/java-tracer-v1 /usr/agent/dd-java-agent.jar
COPY start.sh /start.sh
ENTRYPOINT ["/start.sh"]
