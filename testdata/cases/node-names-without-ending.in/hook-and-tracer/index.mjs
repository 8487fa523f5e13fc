import "./tracer.mjs";
import express from "express";
express().listen(3000);
