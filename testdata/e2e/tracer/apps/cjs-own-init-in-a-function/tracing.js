const tracer = require("dd-trace");

exports.start = () => tracer.init({ logInjection: true });
