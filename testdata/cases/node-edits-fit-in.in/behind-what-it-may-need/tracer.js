if (!process.env.DD_ENV) throw new Error("DD_ENV is missing");
module.exports = require("dd-trace").init();
