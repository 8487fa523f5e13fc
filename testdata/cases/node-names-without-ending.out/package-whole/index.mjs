import "dd-trace/init.js";
import express from "express";
express().listen(3000);
