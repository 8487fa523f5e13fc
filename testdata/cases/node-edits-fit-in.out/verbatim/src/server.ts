import "./tracer";
import express = require("express");
express().listen(3000);
