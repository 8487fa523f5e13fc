exec java -jar a.jar
