java -jar path.jar
