const express = require("express");

exports.routes = () => {
  const app = express();
  app.get("/hello", (request, response) => response.send("hello"));
  return app;
};
