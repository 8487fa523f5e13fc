#!/bin/bash
CMD="java $OPTS -jar a.jar"
$CMD
