require("./job");
require("express")().listen(3000);
