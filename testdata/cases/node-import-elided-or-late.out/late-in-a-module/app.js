module.exports = require('express')()
