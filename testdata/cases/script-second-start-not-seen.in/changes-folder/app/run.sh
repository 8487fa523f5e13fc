#!/bin/sh
java -jar /right.jar
