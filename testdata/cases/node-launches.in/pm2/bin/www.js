#!/usr/bin/env node
require("express")().listen(3000);
