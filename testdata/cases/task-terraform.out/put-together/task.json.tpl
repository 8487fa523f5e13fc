{"family":"a","networkMode":"host","containerDefinitions":[{"name":"api","image":"a:1","memory":1,"entryPoint":["java","${opts}","-jar","/a-${v}.jar"]},
{"name":"b","image":"a:1","memory":1,"entryPoint":["sh","-c","exec java $JAVA_OPTS ${opts} -jar /a.jar"]}]}
