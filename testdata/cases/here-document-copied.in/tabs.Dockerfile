FROM eclipse-temurin:21-jre
COPY a.jar /app/a.jar
COPY --chmod=755 <<-EOF /usr/local/bin/start
	#!/bin/sh
	exec java -jar /app/a.jar
	EOF
ENTRYPOINT ["start"]
