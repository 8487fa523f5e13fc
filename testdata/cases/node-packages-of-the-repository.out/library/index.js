module.exports = { sum: (a, b) => a + b };
