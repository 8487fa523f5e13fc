require("dd-trace").init();
