const express = require("express");
process.env.TRACE && require("dd-trace").init();
express().listen(3000);
