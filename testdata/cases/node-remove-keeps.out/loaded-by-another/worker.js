const tracer = require("./tracer");
tracer.trace("job", () => {});
