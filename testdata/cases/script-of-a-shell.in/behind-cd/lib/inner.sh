java -jar a.jar
