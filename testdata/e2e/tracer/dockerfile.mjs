// Reads a Dockerfile as far as those in apps/ go, and what a patch may write into them. Anything else is
// an error, so that nothing is played otherwise than Docker would.

const ignored = ["WORKDIR", "COPY", "EXPOSE", "USER"];

/** The steps of a Dockerfile, in their order: `{ stage }`, `{ env }`, `{ run }` or `{ start }`. */
export function read(text) {
  const steps = [];
  for (const line of logicalLines(text)) {
    const [, name, rest] = /^(\w+)\s+(.*)$/s.exec(line) ?? [];
    const instruction = name?.toUpperCase();
    if (instruction === "FROM") {
      steps.push({ stage: nodeMajor(rest) });
    } else if (instruction === "ENV") {
      steps.push({ env: variables(rest) });
    } else if (instruction === "RUN") {
      steps.push({ run: rest });
    } else if (instruction === "ENTRYPOINT" || instruction === "CMD") {
      steps.push({ start: instruction, argv: command(rest) });
    } else if (!ignored.includes(instruction)) {
      throw new Error(`the Dockerfile cannot be played: ${line}`);
    }
  }
  return steps;
}

/** What the last stage starts. */
export function startOf(steps) {
  const last = steps.slice(steps.findLastIndex((step) => "stage" in step));
  const of = (name) => last.findLast((step) => step.start === name)?.argv ?? [];
  return [...of("ENTRYPOINT"), ...of("CMD")];
}

function logicalLines(text) {
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*(#|$)/.test(line));
  return lines.join("\n").replace(/\\\n\s*/g, "").split("\n").filter(Boolean);
}

function nodeMajor(image) {
  const [, major] = /^node:(\d+)/.exec(image) ?? [];
  if (!major) {
    throw new Error(`the Dockerfile cannot be played: FROM ${image}`);
  }
  return Number(major);
}

function variables(text) {
  const pairs = [...text.matchAll(/(\w+)=("[^"$\\]*"|[^\s"'$\\]+)(?:\s+|$)/gy)];
  if (pairs.map(([all]) => all).join("") !== text) {
    throw new Error(`the Dockerfile cannot be played: ENV ${text}`);
  }
  return Object.fromEntries(pairs.map(([, name, value]) => [name, value.replace(/^"|"$/g, "")]));
}

function command(text) {
  return text.startsWith("[") ? JSON.parse(text) : ["/bin/sh", "-c", text];
}
