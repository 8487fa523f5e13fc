require("./tracer");
require("./dist/index.js");
