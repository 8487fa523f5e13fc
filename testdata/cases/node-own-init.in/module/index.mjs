import express from "express";
import tracer from "dd-trace";
tracer.init({ service: "own" });
express().listen(3000);
