FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
COPY --chmod=755 <<setup.sh <<start.sh /opt/bin/
#!/bin/sh
mkdir -p /data
setup.sh
#!/bin/sh
/opt/bin/setup.sh
exec java -jar /app/a.jar
start.sh
CMD ["/opt/bin/start.sh"]
