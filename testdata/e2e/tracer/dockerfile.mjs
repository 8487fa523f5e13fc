// Reads a Dockerfile as far as those in apps/ go, and what a patch may write into them. Anything else is
// an error, so that nothing is played otherwise than Docker would.

/** What makes no difference here. */
const ignored = ["EXPOSE", "USER"];

/**
 * The steps of a Dockerfile, in their order; each has one of `from` (with `as`), `env`, `workdir`,
 * `copy` (with `stage` and `to`), `run` and `start` (with `argv`).
 */
export function read(text) {
  return logicalLines(text).flatMap((line) => {
    const [, name, rest] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    const instruction = name?.toUpperCase();
    return ignored.includes(instruction) ? [] : [step(instruction, rest, line)];
  });
}

function step(instruction, rest, line) {
  switch (instruction) {
    case "FROM": {
      const [, from, as] = matching(/^(\S+)(?: AS (\w+))?$/i, rest, line);
      return { from, as };
    }
    case "ENV":
      return { env: variables(rest, line) };
    case "WORKDIR":
      return { workdir: matching(/^[\w./-]+$/, rest, line)[0] };
    case "COPY": {
      const [, stage, words] = matching(/^(?:--from=(\w+) )?([^-[<$"'].*)$/, rest, line);
      const paths = words.split(/\s+/);
      return { copy: paths.slice(0, -1), stage, to: paths.at(-1) };
    }
    case "RUN":
      return { run: matching(/^[^-[<].*$/, rest, line)[0] };
    case "ENTRYPOINT":
    case "CMD":
      return { start: instruction, argv: command(rest) };
    default:
      throw unplayable(line);
  }
}

/** What a stage's steps start. */
export function startOf(steps) {
  const of = (name) => steps.findLast((step) => step.start === name)?.argv ?? [];
  return [...of("ENTRYPOINT"), ...of("CMD")];
}

function logicalLines(text) {
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*(#|$)/.test(line));
  return lines.join("\n").replace(/\\\n\s*/g, "").split("\n").filter(Boolean);
}

function variables(text, line) {
  const pairs = [...text.matchAll(/(\w+)=("[^"$\\]*"|[^\s"'$\\]+)(?:\s+|$)/gy)];
  if (pairs.map(([all]) => all).join("") !== text) {
    throw unplayable(line);
  }
  return Object.fromEntries(pairs.map(([, name, value]) => [name, value.replace(/^"|"$/g, "")]));
}

function command(text) {
  return text.startsWith("[") ? JSON.parse(text) : ["/bin/sh", "-c", text];
}

function matching(pattern, text, line) {
  const found = pattern.exec(text);
  if (!found) {
    throw unplayable(line);
  }
  return found;
}

export function unplayable(line) {
  return new Error(`this cannot be played without a container: ${line}`);
}
