const app = require("./app")();
require("./tracer");
app.listen(3000);
