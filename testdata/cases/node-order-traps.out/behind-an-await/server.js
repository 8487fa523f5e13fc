(async () => {
  await require("fs/promises").readFile(__filename);
  require("dd-trace").init();
})();
require("express")().listen(3000);
