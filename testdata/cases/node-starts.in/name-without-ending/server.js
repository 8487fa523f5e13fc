const logger = require("./src/logger");
require("dd-trace").init({ logger });
require("express")().listen(3000);
