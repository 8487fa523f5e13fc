module.exports = {
  apps: [{ name: "api", script: "bin/www.js", node_args: "--require dd-trace/init", instances: 2 }],
};
