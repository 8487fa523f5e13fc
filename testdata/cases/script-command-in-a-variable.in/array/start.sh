#!/bin/bash
cmd=(java -jar a.jar)
exec "${cmd[@]}"
