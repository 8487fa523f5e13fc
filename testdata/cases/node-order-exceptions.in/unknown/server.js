const boot = require("company-boot");
require("./tracer");
require("express")().listen(3000);
