exports.dd = require("dd-trace");
