FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
RUN <<EOF
set -e
cat > /start.sh <<'S'
#!/bin/sh
exec java -jar /app/a.jar
S
chmod +x /start.sh
EOF
CMD ["/start.sh"]
