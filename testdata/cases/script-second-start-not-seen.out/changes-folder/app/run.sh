#!/bin/sh
java -javaagent:/usr/agent/dd-java-agent.jar -Ddd.service=x -jar /right.jar
