const { createRequire } = require("module");
const load = createRequire(__filename);
load("dd-trace").init();
load("express")().listen(3000);
