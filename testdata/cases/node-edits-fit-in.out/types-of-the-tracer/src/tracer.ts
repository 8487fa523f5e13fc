import tracer from "dd-trace";
tracer.init();
export interface Options { port: number }
