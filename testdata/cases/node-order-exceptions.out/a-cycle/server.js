require("./tracer");
require("./a");
