// Plays an application's Dockerfile without a container, asks it three times, and tells what was traced.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startAgent } from "./agent.mjs";
import { read, startOf } from "./dockerfile.mjs";
import { linkPackages, nodeOf } from "./packages.mjs";

const requests = 3;
const buildSeconds = 120;
const startSeconds = 60;
/** dd-trace sends its spans every 2 seconds: who is silent for so long has none. */
const silentSeconds = 5;

/** The processes that run, which lead a group each. */
const running = new Set();

/** Ends every group. */
export function stopAll() {
  for (const child of running) {
    stop(child);
  }
}

/** What an application's traces say of it. */
class Measured {
  constructor(seen, agent, output) {
    Object.assign(this, { seen, agent, output });
  }

  /** The spans that came. */
  counts() {
    const names = Object.entries(this.agent.counts()).map(([name, count]) => `${name} x${count}`);
    return names.join(", ") || "no span";
  }

  details() {
    const output = this.output.trim().split("\n").slice(-8).join("\n").replace(/^/gm, "         | ");
    return `: ${this.counts()}\n${output}`;
  }
}

/** Builds and starts what lies in a folder. */
export async function measure(folder, framework, installed) {
  const steps = read(readFileSync(join(folder, "Dockerfile"), "utf8"));
  const env = await build(folder, steps, installed);
  const agent = await startAgent();
  let child;
  try {
    const port = await freePort();
    const [program, ...args] = startOf(steps);
    child = start(program, args, folder, {
      ...env,
      PORT: String(port),
      DD_TRACE_AGENT_URL: agent.url,
      DD_INSTRUMENTATION_TELEMETRY_ENABLED: "false",
      DD_REMOTE_CONFIGURATION_ENABLED: "false",
    });
    const isServing = await listens(child, port);
    if (isServing) {
      for (let request = 0; request < requests; request += 1) {
        await ask(port, child);
      }
      await spansOf(agent, framework);
    }
    if (agent.problems.length > 0) {
      throw new Error(agent.problems.join("\n"));
    }
    return new Measured(isServing ? classify(agent, framework) : "NO-SERVE", agent, child.output);
  } finally {
    stop(child);
    agent.stop();
  }
}

/** Every request has to have its span: http alone may be traced where the framework is not. */
function classify(agent, framework) {
  const count = agent.count(framework);
  if (count > 0) {
    return count === requests ? "FULL" : `${count} SPANS`;
  }
  return agent.count("web.request") > 0 ? "HTTP-ONLY" : "NONE";
}

/** Does what the RUN lines say; gives the environment of the last stage. */
async function build(folder, steps, installed) {
  let env;
  for (const step of steps) {
    if (step.stage) {
      env = environment(nodeOf(step.stage, installed));
    } else if (step.env) {
      Object.assign(env, step.env);
    } else if (step.run) {
      await run(step.run, folder, env, installed);
    }
  }
  return env;
}

async function run(command, folder, env, installed) {
  let script = command;
  const [install] = /^npm (ci|install)( --omit=dev)?$/.exec(command) ?? [];
  if (install) {
    // The packages are there already. But npm has to start in this environment: a preload that is not
    // installed yet breaks it.
    script = "npm --version";
  }
  const child = start("/bin/sh", ["-c", script], folder, env);
  const timer = setTimeout(() => stop(child), buildSeconds * 1000);
  const status = await child.ended;
  clearTimeout(timer);
  if (status !== 0) {
    throw new Error(`RUN ${command} ends with ${status}\n${child.output.trim()}`);
  }
  if (install) {
    linkPackages(folder, installed, install.endsWith("--omit=dev"));
  }
}

/** Nothing of this process's environment but what programs cannot do without. */
function environment(node) {
  const { HOME = "/", TMPDIR = "/tmp" } = process.env;
  return { PATH: `${node}:${process.env.PATH}`, HOME, TMPDIR, LANG: "C.UTF-8", NEXT_TELEMETRY_DISABLED: "1" };
}

/** Starts a program as the leader of a group of its own. */
function start(program, args, cwd, env) {
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  child.output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (child.output += text));
  }
  running.add(child);
  child.ended = new Promise((resolve) => {
    child.on("error", (error) => {
      child.output += error.message;
      resolve(127);
    });
    child.on("close", (status, signal) => resolve(status ?? signal));
  });
  child.ended.then((status) => {
    running.delete(child);
    child.status = status;
  });
  return child;
}

function stop(child) {
  if (child?.pid === undefined) {
    return;
  }
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") {
      throw error;
    }
  }
}

/** Waits until somebody listens, without a request: it would be traced. False if the program ends. */
async function listens(child, port) {
  const deadline = Date.now() + startSeconds * 1000;
  while (Date.now() < deadline) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await new Promise((resolve) => {
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    });
    socket.destroy();
    if (isOpen || child.status !== undefined) {
      return isOpen;
    }
    await sleep(100);
  }
  throw new Error(`nobody listens after ${startSeconds} s\n${child.output}`);
}

async function ask(port, child) {
  const signal = AbortSignal.timeout(startSeconds * 1000);
  const response = await fetch(`http://127.0.0.1:${port}/hello`, { signal });
  const body = await response.text();
  if (response.status !== 200 || !body.includes("hello")) {
    throw new Error(`GET /hello: ${response.status} ${body}\n${child.output}`);
  }
}

/** Waits for the spans of all requests, or for a silence that is long enough. */
async function spansOf(agent, framework) {
  const isWhole = () => agent.count(framework) >= requests;
  const deadline = Date.now() + silentSeconds * 1000;
  while (Date.now() < deadline && !isWhole() && agent.count("web.request") < requests) {
    await sleep(50);
  }
  // What is to come with them: a second span for a request would be one too many.
  await sleep(300);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
