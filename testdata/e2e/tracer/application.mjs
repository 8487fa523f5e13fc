// Starts an application, asks it three times, and tells what was traced.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { startAgent } from "./agent.mjs";
import { build } from "./image.mjs";
import { lastLines, start, stop } from "./process.mjs";

const requests = 3;
const startSeconds = 60;
/** dd-trace sends its spans every 2 seconds: who is silent for so long has none. */
const silentSeconds = 4;

/** What was seen of an application. */
class Measured {
  constructor(seen, agent, output) {
    Object.assign(this, { seen, agent, output });
  }

  /** The spans that came. */
  spans() {
    const names = Object.entries(this.agent.counts()).map(([name, count]) => `${name} x${count}`);
    return names.join(", ") || "no span";
  }

  details() {
    return `: ${this.spans()}\n${lastLines(this.output)}`;
  }
}

/** Builds what lies in a folder below `target`, and starts it. */
export async function measure(folder, target, framework, installed) {
  const image = await build(folder, target, installed);
  const agent = await startAgent();
  let child;
  try {
    const port = await freePort();
    child = start(image.argv, image.folder, {
      ...image.env,
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
      await receive(agent, framework);
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
  throw new Error(`nobody listens after ${startSeconds} s\n${lastLines(child.output)}`);
}

async function ask(port, child) {
  const signal = AbortSignal.timeout(startSeconds * 1000);
  const response = await fetch(`http://127.0.0.1:${port}/hello`, { signal });
  const body = await response.text();
  if (response.status !== 200 || !body.includes("hello")) {
    throw new Error(`GET /hello: ${response.status} ${body}\n${lastLines(child.output)}`);
  }
}

/** Waits for the spans of all requests, or for a silence that is long enough. */
async function receive(agent, framework) {
  const isWhole = () => [framework, "web.request"].some((name) => agent.count(name) >= requests);
  const deadline = Date.now() + silentSeconds * 1000;
  while (Date.now() < deadline && !isWhole()) {
    await sleep(50);
  }
  // What comes with them: a second span for a request would be one too many.
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
