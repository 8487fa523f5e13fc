require("./a");
require("./server");
