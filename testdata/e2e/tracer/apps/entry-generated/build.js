const fs = require("node:fs");

fs.mkdirSync("build", { recursive: true });
fs.writeFileSync("build/app.js", `const say = "hello";\n${fs.readFileSync("parts/web.txt", "utf8")}`);
