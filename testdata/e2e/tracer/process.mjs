// Starts programs as leaders of groups of their own, and ends them.
import { spawn } from "node:child_process";

/** The processes that run. */
const running = new Set();

/** Starts a program; `ended` is its status, and `status` too, once there is one. */
export function start([program, ...args], cwd, env) {
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  child.output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (child.output += text));
  }
  running.add(child);
  child.ended = new Promise((resolve) => {
    const end = (status) => {
      running.delete(child);
      child.status = status;
      resolve(status);
    };
    child.on("error", (error) => {
      child.output += error.message;
      end(127);
    });
    child.on("close", (status, signal) => end(status ?? signal));
  });
  return child;
}

/** Runs a program to its end; throws unless it is a good one. */
export async function finish(argv, cwd, env, seconds) {
  const child = start(argv, cwd, env);
  const timer = setTimeout(() => stop(child), seconds * 1000);
  const status = await child.ended;
  clearTimeout(timer);
  if (status !== 0) {
    throw new Error(`${argv.at(-1)} ends with ${status}\n${lastLines(child.output)}`);
  }
}

/** Ends a program and all that it started. */
export function stop(child) {
  if (child?.pid === undefined) {
    return;
  }
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // The group is gone already.
    if (error.code !== "ESRCH") {
      throw error;
    }
  }
}

/** Ends all that runs. */
export function stopAll() {
  running.forEach(stop);
}

/** The end of what a program printed, to stand below a line of the report. */
export function lastLines(output) {
  return output.trim().split("\n").slice(-8).join("\n").replace(/^/gm, "         | ");
}
