'use strict'

;[1].map(String)
const express = require('express')
express().listen(3000)
