java -jar here.jar
