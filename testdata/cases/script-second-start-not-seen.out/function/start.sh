#!/bin/sh
main() {
  java -javaagent:/usr/agent/dd-java-agent.jar -Ddd.service=x -jar /app.jar
}
main "$@"
