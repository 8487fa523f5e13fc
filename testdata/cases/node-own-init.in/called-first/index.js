const trace = () => {
  require("dd-trace").init();
};
trace();
const express = require("express");
express().listen(3000);
