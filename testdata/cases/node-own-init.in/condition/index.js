const express = require("express");
if (process.env.TRACE) {
  require("dd-trace").init();
}
express().listen(3000);
