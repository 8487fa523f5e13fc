import tracer from "dd-trace";
tracer.init({ service: "own" });
export default tracer;
