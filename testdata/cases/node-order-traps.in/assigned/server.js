let tracer;
try {
  tracer = require("dd-trace");
  tracer["init"]();
} catch {}
require("express")().listen(3000);
