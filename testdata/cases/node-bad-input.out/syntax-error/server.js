const = require("express");
