require("dd-trace").init();
const express = require("express");
global.config.express().listen(3000);
