import express from "express";

const app = express();
app.get("/hello", (_request, response) => response.send("hello"));
app.listen(process.env.PORT ?? 3000);
