if (require.main === module) require("./tracer");
