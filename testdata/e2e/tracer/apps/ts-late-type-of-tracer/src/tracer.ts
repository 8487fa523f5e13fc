import tracer from "dd-trace";
tracer.init();
export interface Options {
  name: string;
}
export default tracer;
