const express = require("express");
require("./tracing").start();

const app = express();
app.get("/hello", (request, response) => response.send("hello"));
app.listen(process.env.PORT ?? 3000);
