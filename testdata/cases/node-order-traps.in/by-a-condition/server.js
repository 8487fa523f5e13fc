const express = process.env.FAST ? require("fastify") : require("express");
require("./tracer");
express().listen(3000);
