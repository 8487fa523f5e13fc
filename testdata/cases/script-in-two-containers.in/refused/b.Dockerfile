FROM eclipse-temurin:17-jre
ENV JAVA_TOOL_OPTIONS=-javaagent:/opt/newrelic.jar
COPY start.sh /start.sh
ENTRYPOINT ["/start.sh"]
