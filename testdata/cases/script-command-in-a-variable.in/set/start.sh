#!/bin/bash
set -- java -jar a.jar "$@"
exec "$@"
