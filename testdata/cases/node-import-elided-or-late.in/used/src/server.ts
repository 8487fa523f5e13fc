import tracer from "./tracer";
import type { Request } from "express";
import express from "express";

tracer.use("express");
express().listen(3000);
