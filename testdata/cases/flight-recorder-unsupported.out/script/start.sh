#!/bin/sh
exec java -XX:FlightRecorderOptions=stackdepth=64 -jar /app.jar
