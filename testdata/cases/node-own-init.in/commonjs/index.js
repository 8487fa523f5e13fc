const express = require("express");
const tracer = require("dd-trace").init({ service: "own" });
express().listen(3000);
