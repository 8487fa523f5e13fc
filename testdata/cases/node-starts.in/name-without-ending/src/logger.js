module.exports = { error: console.error };
