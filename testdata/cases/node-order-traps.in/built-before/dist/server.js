require("dd-trace").init();
require("express")().listen(3000);
