import { start } from "./tracer";
import express from "express";

start();
express().listen(3000);
