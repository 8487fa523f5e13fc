(function () {
  require("dd-trace").init();
}).call(this);
require("express")().listen(3000);
