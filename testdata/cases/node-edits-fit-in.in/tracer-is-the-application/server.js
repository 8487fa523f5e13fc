const express = require("express");
global.config = { express };
require("./app");
