import "./tracer";
import { Module } from "@nestjs/common";
import express from "express";

@Module({})
class App {}

express().listen(3000);
