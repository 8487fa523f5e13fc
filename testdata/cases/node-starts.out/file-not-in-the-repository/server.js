const settings = require("./settings.json");
const generated = require("./generated/client");
require("dd-trace").init();
require("express")().listen(settings.port);
