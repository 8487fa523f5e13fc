#!/bin/bash
JAVA=`command -v java`
"$JAVA" -jar a.jar
