// @flow
import type { A } from "./a";
const x: number = 1;
require("express")();
