#!/bin/sh
cd "$APP_HOME"
exec ./run.sh
