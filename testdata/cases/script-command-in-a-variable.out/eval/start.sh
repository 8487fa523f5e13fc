#!/bin/bash
eval "exec java $OPTS -jar a.jar"
