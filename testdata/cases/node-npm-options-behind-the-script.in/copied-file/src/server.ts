import express from "express";
express().listen(80);
