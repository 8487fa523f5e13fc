import express from "express";
import "./telemetry.mjs";
express().listen(3000);
