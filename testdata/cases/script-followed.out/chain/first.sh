#!/bin/bash
echo first
exec /second.sh "$@"
