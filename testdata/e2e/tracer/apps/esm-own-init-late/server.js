import express from "express";
import tracer from "dd-trace";

tracer.init({ logInjection: true });

const app = express();
app.get("/hello", (request, response) => response.send("hello"));
app.listen(process.env.PORT ?? 3000);
