require('./tracer')
require('http').createServer().listen(1)
