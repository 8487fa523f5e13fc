import type { Options } from "./tracer";
import "./tracer";
import express from "express";
const options: Options = { port: 3000 };
express().listen(options.port);
