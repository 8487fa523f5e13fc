require("express")();
