require("newrelic");
require("express")().listen(3000);
