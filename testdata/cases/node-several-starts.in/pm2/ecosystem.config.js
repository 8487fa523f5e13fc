module.exports = { apps: [{ name: "a", script: "a.js", node_args: "-r dd-trace/init" }, { name: "b", script: "b.js" }] };
