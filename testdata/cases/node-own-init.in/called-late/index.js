const express = require("express");
function trace() {
  require("dd-trace").init();
}
trace();
express().listen(3000);
