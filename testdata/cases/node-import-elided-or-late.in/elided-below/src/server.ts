import express from "express";
import tracer from "./lib/tracing";

express().listen(3000);
