require("dd-trace").init();
const page = <p>hello</p>;
require("express")().listen(3000);
