import("dd-trace/init.js");
require("express")().listen(3000);
