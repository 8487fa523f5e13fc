#!/bin/bash
exec $(which java) -jar a.jar
