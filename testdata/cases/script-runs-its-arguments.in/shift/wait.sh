#!/bin/sh
host=$1
shift 2
exec "$@"
