const express = require("express");
require("dd-trace").init({ logInjection: true, runtimeMetrics: false });

const app = express();
app.get("/hello", (request, response) => response.send("hello"));
app.listen(process.env.PORT ?? 3000);
