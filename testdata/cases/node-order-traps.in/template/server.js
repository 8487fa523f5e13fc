const express = require(`express`);
require(`./tracer`);
express().listen(3000);
