require("./tracer");
const app = require("express")();
app.get("/", () => require("./tracer").scope());
