const shared = { NODE_OPTIONS: "-r dd-trace/init" };
module.exports = { apps: [{ name: "a", script: "a.js", env: { ...shared } }] };
