const { dd } = require("./obs");
dd.init();
require("express")().listen(3000);
