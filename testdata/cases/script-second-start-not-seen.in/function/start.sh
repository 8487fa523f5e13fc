#!/bin/sh
main() {
  java -jar /app.jar
}
main "$@"
