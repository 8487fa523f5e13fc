const tracer = require("dd-trace").init({ sampleRate: 1 });
import express from "express";

const app = express();
app.get("/hello", (_request, response) => response.send("hello"));
app.listen(process.env.PORT ?? 3000);
