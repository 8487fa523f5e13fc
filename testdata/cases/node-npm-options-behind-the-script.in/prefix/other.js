const express = require("express");
express().listen(80);
