module.exports = { entry: glob("./src/*.js"), target: "node" };
