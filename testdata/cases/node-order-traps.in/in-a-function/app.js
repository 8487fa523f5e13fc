module.exports = () => require("express")();
