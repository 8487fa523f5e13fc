import "./tracer.js";
import fastify from "fastify";

const app = fastify();
app.get("/hello", async () => "hello");
app.listen({ host: "0.0.0.0", port: process.env.PORT ?? 3000 });
