require('http').createServer().listen(1)
