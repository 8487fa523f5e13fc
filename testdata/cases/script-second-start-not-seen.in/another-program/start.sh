#!/bin/sh
java -cp /m.jar Migrate
/opt/app/bin/app
