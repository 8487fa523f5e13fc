#!/bin/sh
java -cp /m.jar Migrate
su app <<END
java -jar /app.jar
END
