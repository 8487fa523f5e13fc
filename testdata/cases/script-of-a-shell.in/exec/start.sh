#!/bin/sh
exec java -jar a.jar "$@"
