#!/bin/sh
cd /opt/app
exec ./run.sh
