// Runs entrypatch, and reads what it says.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** What `check` says of a folder's Node launches. */
export async function check(entrypatch, folder) {
  const { stdout } = await call(entrypatch, ["check", "--isolated", "--format", "json"], folder, [0, 1]);
  const { files } = JSON.parse(stdout);
  const launches = files.flatMap((file) => file.launches ?? []).filter(({ runtime }) => runtime === "node");
  const findings = files.flatMap((file) => file.findings ?? []);
  if (launches.length === 0) {
    throw new Error("entrypatch sees no Node launch");
  }
  return new Said(launches, findings);
}

class Said {
  constructor(launches, findings) {
    this.verdict = [...new Set(launches.map(({ verdict }) => verdict))].join(" and ");
    this.rules = new Set([...launches.map(({ reason }) => reason), ...findings.map(({ rule }) => rule)].filter(Boolean));
    this.errors = findings.filter(({ severity }) => severity === "error").map(({ rule }) => rule);
  }

  /** Throws unless it is this verdict, for this rule; without a rule, no error is found. */
  mustBe(verdict, rule) {
    const isRight = rule === null ? this.errors.length === 0 : this.rules.has(rule);
    if (this.verdict !== verdict || !isRight) {
      throw new Error(`said ${this}, not ${verdict} (${rule ?? "no error"})`);
    }
  }

  toString() {
    return this.verdict + (this.rules.size > 0 ? ` (${[...this.rules].join(", ")})` : "");
  }
}

/** Lets `fix` write what it can; if it has to make all well, nothing may be left to do. */
export async function fix(entrypatch, folder, mustSucceed) {
  await call(entrypatch, ["fix", "--isolated"], folder, mustSucceed ? [0] : [0, 1]);
}

/** Throws unless two folders hold the same. */
export function sameFiles(one, other) {
  const list = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .sort();
  const names = new Set([...list(one), ...list(other)]);
  for (const name of names) {
    const [left, right] = [one, other].map((folder) => list(folder).includes(name) && readFileSync(folder + name, "utf8"));
    if (left !== right) {
      throw new Error(`fix changes ${name}`);
    }
  }
}

function call(entrypatch, args, folder, statuses) {
  return new Promise((resolve, reject) => {
    const options = { cwd: dirname(folder), timeout: 60_000 };
    execFile(entrypatch, [...args, basename(folder)], options, (error, stdout, stderr) => {
      const status = error ? error.code : 0;
      if (statuses.includes(status)) {
        resolve({ status, stdout });
      } else {
        reject(new Error(`entrypatch ${args[0]} ends with ${status}\n${stderr}${stdout}`));
      }
    });
  });
}
