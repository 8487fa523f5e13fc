import tracer from "dd-trace";
export { Client } from "pg";
export const trace = tracer.trace;
