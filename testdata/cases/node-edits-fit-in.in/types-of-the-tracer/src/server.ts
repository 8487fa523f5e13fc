import type { Options } from "./tracer";
import express from "express";
const options: Options = { port: 3000 };
express().listen(options.port);
