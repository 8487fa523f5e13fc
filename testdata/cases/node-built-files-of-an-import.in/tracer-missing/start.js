require("./dist/index.js");
