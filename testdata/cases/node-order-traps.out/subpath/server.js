require("#obs");
require("express")().listen(3000);
