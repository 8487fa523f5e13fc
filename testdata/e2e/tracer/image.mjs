// Plays a Dockerfile without a container: a stage is a folder, and what the last one starts is started there.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { read, startOf, unplayable } from "./dockerfile.mjs";
import { linkPackages, nodeOf } from "./packages.mjs";
import { finish } from "./process.mjs";

const buildSeconds = 120;

/** Builds a folder's Dockerfile below `target`; gives `{ argv, folder, env }` of what is to be started. */
export async function build(context, target, installed) {
  const stages = [];
  for (const step of read(readFileSync(join(context, "Dockerfile"), "utf8"))) {
    if (step.from) {
      stages.push(new Stage(step, join(target, String(stages.length)), installed));
    } else {
      await stages.at(-1).play(step, context, stages, installed);
    }
  }
  const { steps, folder, env } = stages.at(-1);
  return { argv: startOf(steps), folder, env };
}

/** What a stage of the image has so far. */
class Stage {
  constructor({ from, as }, root, installed) {
    const [, major] = /^node:(\d+)/.exec(from) ?? [];
    if (!major) {
      throw unplayable(`FROM ${from}`);
    }
    Object.assign(this, { name: as, root, workdir: "/", env: environment(nodeOf(major, installed)), steps: [] });
    mkdirSync(root, { recursive: true });
  }

  get folder() {
    return join(this.root, this.workdir);
  }

  async play(step, context, stages, installed) {
    this.steps.push(step);
    if (step.workdir) {
      this.workdir = resolve(this.workdir, step.workdir);
      mkdirSync(this.folder, { recursive: true });
    } else if (step.env) {
      Object.assign(this.env, step.env);
    } else if (step.copy) {
      const source = step.stage ? stages.find(({ name }) => name === step.stage).root : context;
      this.copy(step.copy, source, step.to);
    } else if (step.run) {
      await this.run(step.run, installed);
    }
  }

  copy(patterns, source, to) {
    const sources = patterns.flatMap((pattern) => expand(join(source, pattern)));
    const target = join(this.root, resolve(this.workdir, to));
    const intoFolder = sources.length > 1 || /(^|\/)\.?$/.test(to);
    for (const path of sources) {
      // Of a folder the contents are copied.
      const isFile = statSync(path).isFile();
      cpSync(path, isFile && intoFolder ? join(target, basename(path)) : target, {
        recursive: true,
        verbatimSymlinks: true,
      });
    }
  }

  async run(command, installed) {
    const [install] = /^npm (ci|install)( --omit=dev)?$/.exec(command) ?? [];
    if (install) {
      // The packages are there already. But npm has to start in this environment: a preload that is not
      // installed yet breaks it.
      await finish(["npm", "--version"], this.folder, this.env, buildSeconds);
      linkPackages(this.folder, installed, install.endsWith("--omit=dev"));
    } else {
      await finish(["/bin/sh", "-c", command], this.folder, this.env, buildSeconds);
    }
  }
}

/** Nothing of this process's environment but what programs cannot do without. */
function environment(node) {
  const { HOME = "/", TMPDIR = "/tmp" } = process.env;
  return { PATH: `${node}:${process.env.PATH}`, HOME, TMPDIR, LANG: "C.UTF-8", NEXT_TELEMETRY_DISABLED: "1" };
}

/** The paths that a pattern of COPY means: a `*` may stand in the last part. */
function expand(pattern) {
  const [folder, name] = [dirname(pattern), basename(pattern)];
  const [start, end] = name.split("*");
  const paths = end === undefined
    ? [pattern]
    : readdirSync(folder).filter((file) => file.startsWith(start) && file.endsWith(end)).map((file) => join(folder, file));
  if (paths.length === 0 || !paths.every(existsSync)) {
    throw new Error(`COPY ${name}: there is none`);
  }
  return paths;
}
