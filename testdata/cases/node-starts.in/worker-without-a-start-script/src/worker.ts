import "./tracer";
import { Client } from "pg";
new Client().connect();
