module.exports = require("dd-trace").init();
