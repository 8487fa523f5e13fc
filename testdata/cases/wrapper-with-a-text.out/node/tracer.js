const tracer = require('dd-trace').init()
module.exports = tracer
