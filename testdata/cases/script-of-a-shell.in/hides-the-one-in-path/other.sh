exec java -jar other.jar
