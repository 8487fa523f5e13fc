const logger = require("pino")();
require("dd-trace").init({ logger });
