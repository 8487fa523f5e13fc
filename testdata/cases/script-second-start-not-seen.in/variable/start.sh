#!/bin/sh
java -cp /m.jar Migrate
JAVA=$(command -v java)
exec "$JAVA" -jar /app.jar
