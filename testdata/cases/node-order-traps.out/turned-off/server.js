require("./tracer");
require("express")().listen(3000);
