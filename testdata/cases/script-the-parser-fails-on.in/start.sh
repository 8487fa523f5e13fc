#!/bin/sh
then ${A:-
$@<<EOF ]]\#})), "-jar"${A:-{((su app -c ["java"
EOF
