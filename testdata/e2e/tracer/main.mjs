// Reads the arguments, proves two applications at a time, and prints a line for each.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { measure } from "./application.mjs";
import { check, fix, sameFiles } from "./entrypatch.mjs";
import { installAll } from "./packages.mjs";
import { stopAll } from "./process.mjs";

const usage = `usage:
  run --entrypatch BIN [--only NAME]...     what is measured, what entrypatch says, what its patch does
  run --measure-only [--only NAME]...       what is measured
  run --install-only                        nothing: the packages are there afterwards
`;
const here = import.meta.dirname;

function readArguments() {
  const { values } = parseArgs({
    options: {
      entrypatch: { type: "string" },
      "measure-only": { type: "boolean" },
      "install-only": { type: "boolean" },
      only: { type: "string", multiple: true },
    },
  });
  const ways = ["entrypatch", "measure-only", "install-only"].filter((name) => values[name] !== undefined);
  if (ways.length !== 1) {
    throw new Error("either --entrypatch, --measure-only or --install-only");
  }
  const entrypatch = values.entrypatch && resolve(values.entrypatch);
  if (entrypatch && !existsSync(entrypatch)) {
    throw new Error(`there is no ${values.entrypatch}`);
  }
  return { entrypatch, installOnly: values["install-only"], apps: readApps(values.only ?? []) };
}

/** The applications: a folder each, with what is expected of it. */
function readApps(only) {
  const names = readdirSync(join(here, "apps")).sort();
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(`not in apps/: ${unknown.join(" ")}`);
  }
  return names
    .filter((name) => only.length === 0 || only.includes(name))
    .map((name) => {
      const folder = join(here, "apps", name);
      return { name, folder, expect: JSON.parse(readFileSync(join(folder, "expect.json"), "utf8")) };
    });
}

/** A fresh copy, as a person would have checked it out. */
function checkOut(app, folder) {
  cpSync(app.folder, folder, { recursive: true, filter: (path) => basename(path) !== "expect.json" });
  return folder;
}

/** Throws unless what was measured is what is expected. */
function compare(when, got, seen, says) {
  if (got.seen !== seen) {
    throw new Error(`${when}: seen ${got.seen}, not ${seen}${got.details()}`);
  }
  if (says !== undefined && !got.output.includes(says)) {
    throw new Error(`${when}: it does not say "${says}"${got.details()}`);
  }
}

/** What to say of one application; throws what is wrong with it. */
async function prove(app, work, installed, entrypatch) {
  const { expect, name } = app;
  const folder = (state) => join(work, name, state, name);
  const before = checkOut(app, folder("before"));
  const got = await measure(before, folder("image-before"), expect.framework, installed);
  compare("before", got, expect.seen, expect.says);
  if (!entrypatch) {
    return `seen ${got.seen} (${got.spans()})`;
  }
  const said = await check(entrypatch, before);
  said.mustBe(expect.verdict, expect.rule);
  const text = `seen ${got.seen}, said ${said}`;
  const after = checkOut(app, folder("after"));
  await fix(entrypatch, after, expect.after !== null);
  if (expect.after === null) {
    sameFiles(before, after);
    return `${text}; fix changes nothing`;
  }
  (await check(entrypatch, after)).mustBe("instrumented", null);
  const fixed = await measure(after, folder("image-after"), expect.framework, installed);
  compare("after fix", fixed, expect.after);
  return `${text}; after fix: ${fixed.seen}`;
}

/** Proves two applications at a time; the number of those that failed. */
async function proveAll(apps, work, installed, entrypatch) {
  const waiting = [...apps];
  let failed = 0;
  const worker = async () => {
    for (let app = waiting.shift(); app; app = waiting.shift()) {
      try {
        console.log(`ok       ${app.name}: ${await prove(app, work, installed, entrypatch)}`);
      } catch (error) {
        failed += 1;
        console.log(`FAIL     ${app.name}: ${error.message}`);
      }
    }
  };
  await Promise.all([worker(), worker()]);
  return failed;
}

async function main() {
  const { entrypatch, installOnly, apps } = readArguments();
  const installed = await installAll(join(here, "packages"));
  if (installOnly) {
    return;
  }
  const began = Date.now();
  // The real path: modules are found by it.
  const work = realpathSync(mkdtempSync(join(tmpdir(), "entrypatch-tracer-")));
  const cleanUp = () => {
    stopAll();
    rmSync(work, { recursive: true, force: true, maxRetries: 3 });
  };
  for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]]) {
    process.on(signal, () => {
      cleanUp();
      process.exit(status);
    });
  }
  try {
    const failed = await proveAll(apps, work, installed, entrypatch);
    const seconds = ((Date.now() - began) / 1000).toFixed(0);
    console.log(`tracer: ${apps.length - failed} passed, ${failed} failed, 0 skipped in ${seconds} s`);
    process.exitCode = failed > 0 || apps.length === 0 ? 1 : 0;
  } finally {
    cleanUp();
  }
}

main().catch((error) => {
  console.error(`tracer: ${error.message}\n${usage}`);
  process.exitCode = 2;
});
