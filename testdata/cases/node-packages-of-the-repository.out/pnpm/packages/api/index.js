require("@shop/shared/telemetry");
const express = require("express");
express().listen(3000);
