import Koa from "koa";
new Koa().listen(3000);
