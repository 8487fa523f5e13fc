import tracer from "dd-trace";
export function start() {
  tracer.init();
}
