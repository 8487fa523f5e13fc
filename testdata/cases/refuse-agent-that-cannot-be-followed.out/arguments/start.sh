#!/bin/sh
exec java "$@"
