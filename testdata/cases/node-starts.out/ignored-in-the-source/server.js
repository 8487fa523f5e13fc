// entrypatch: ignore[tracer-import-late] express 4 is patched by hand
const express = require("express");
const tracer = require("dd-trace").init();
require("./trace-express")(tracer, express);
express().listen(3000);
