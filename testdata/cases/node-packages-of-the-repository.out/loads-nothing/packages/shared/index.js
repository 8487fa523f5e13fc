module.exports = ["a"];
