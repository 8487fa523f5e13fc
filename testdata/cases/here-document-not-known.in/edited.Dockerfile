FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
COPY <<'EOF' /start.sh
exec java -jar /app/a.jar
EOF
RUN sed -i 's/java/java -Xmx1g/' /start.sh
CMD sh /start.sh
