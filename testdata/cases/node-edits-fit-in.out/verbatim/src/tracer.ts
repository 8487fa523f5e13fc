import tracer = require("dd-trace");
tracer.init();
export = tracer;
