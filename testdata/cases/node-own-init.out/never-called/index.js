require("./tracer");
function trace() {
  require("dd-trace").init();
}
const express = require("express");
express().listen(3000);
