import "./tracer.js";
import koa from "koa";

new koa().listen(3000);
