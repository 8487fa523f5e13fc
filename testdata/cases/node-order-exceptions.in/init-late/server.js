const tracer = require("dd-trace");
const app = require("express")();
app.listen(3000);
tracer.init();
