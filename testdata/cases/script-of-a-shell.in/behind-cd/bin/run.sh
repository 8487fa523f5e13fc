#!/bin/sh
cd lib
sh inner.sh
