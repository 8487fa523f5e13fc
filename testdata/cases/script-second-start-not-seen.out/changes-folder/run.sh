#!/bin/sh
java -jar /wrong.jar
