import type { Options } from "./tracer";
import express from "express";

const options: Options = { name: "hello" };
const app = express();
app.get("/hello", (_request, response) => {
  response.send(options.name);
});
app.listen(process.env.PORT ?? 3000);
