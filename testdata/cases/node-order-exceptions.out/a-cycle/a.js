require("./b");
require("express");
