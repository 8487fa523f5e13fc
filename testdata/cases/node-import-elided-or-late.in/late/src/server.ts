import express from "express";
import "./tracer";

express().listen(3000);
