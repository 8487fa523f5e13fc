require("./tracer");
import("./app.mjs");
