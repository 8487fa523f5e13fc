import { Request } from "express";
import type { Application } from "express";
import "./tracer";
import express from "express";

const app: Application = express();
app.get("/", (request: Request) => request);
