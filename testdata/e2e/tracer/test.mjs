// The parts that read: node --test test.mjs
import assert from "node:assert/strict";
import test from "node:test";
import { decode, startAgent } from "./agent.mjs";
import { read, startOf } from "./dockerfile.mjs";

const messages = [
  ["00", 0],
  ["7f", 127],
  ["ff", -1],
  ["e0", -32],
  ["c0", null],
  ["c2", false],
  ["c3", true],
  ["cc80", 128],
  ["cd0100", 256],
  ["ce00010000", 65536],
  ["cf0000000100000000", 2n ** 32n],
  ["d080", -128],
  ["d1ff00", -256],
  ["d2ffff0000", -65536],
  ["d3ffffffff00000000", -(2n ** 32n)],
  ["ca3fc00000", 1.5],
  ["cb3ff8000000000000", 1.5],
  ["a0", ""],
  ["a26869", "hi"],
  ["d9026869", "hi"],
  ["da00026869", "hi"],
  ["db000000026869", "hi"],
  ["c4020102", Buffer.from([1, 2])],
  ["90", []],
  ["920192c0c3", [1, [null, true]]],
  ["dc00020102", [1, 2]],
  ["dd000000020102", [1, 2]],
  ["81a16101", { a: 1 }],
  ["de0001a16101", { a: 1 }],
  ["df00000001a16101", { a: 1 }],
  ["919181a46e616d65ab7765622e72657175657374", [[{ name: "web.request" }]]],
];

test("MessagePack is decoded", () => {
  for (const [hex, value] of messages) {
    assert.deepEqual(decode(Buffer.from(hex, "hex")), value, hex);
  }
});

test("what is no MessagePack is refused", () => {
  for (const hex of ["", "c1", "a5", "a268", "cd01", "9201", "0000", "d900ff", "c70100"]) {
    assert.throws(() => decode(Buffer.from(hex, "hex")), Error, hex);
  }
});

test("the agent counts spans by their names", async () => {
  const agent = await startAgent();
  const put = (hex) => fetch(`${agent.url}/v0.4/traces`, { method: "PUT", body: Buffer.from(hex, "hex") });
  const span = "81a46e616d65a161";
  await put(`9291${span}92${span}${span}`);
  assert.equal(agent.count("a"), 3);
  assert.deepEqual(agent.problems, []);
  await put("c1");
  assert.equal(agent.problems.length, 1);
  agent.stop();
});

const dockerfile = `# syntax=docker/dockerfile:1
FROM node:20-slim AS build
WORKDIR /app
COPY package*.json ./
RUN npm ci
FROM node:20-slim
ENV A=1 B="two words" \\
    C=3
COPY --from=build /app/dist ./dist
USER node
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node", "old.js"]
CMD ["node", "dist/server.js"]
`;

test("a Dockerfile is read", () => {
  const steps = read(dockerfile);
  assert.deepEqual(steps.slice(0, 7), [
    { from: "node:20-slim", as: "build" },
    { workdir: "/app" },
    { copy: ["package*.json"], stage: undefined, to: "./" },
    { run: "npm ci" },
    { from: "node:20-slim", as: undefined },
    { env: { A: "1", B: "two words", C: "3" } },
    { copy: ["/app/dist"], stage: "build", to: "./dist" },
  ]);
  assert.deepEqual(startOf(steps), ["docker-entrypoint.sh", "node", "dist/server.js"]);
  assert.deepEqual(startOf(read("CMD node server.js")), ["/bin/sh", "-c", "node server.js"]);
});

test("what cannot be played is refused", () => {
  const lines = ["ARG A", "ENV A=$B", "ENV A b", "ADD a b", "COPY --chown=node a b", 'COPY ["a", "b"]', "RUN --mount=type=cache a", "RUN <<EOF", "CMD [node]"];
  for (const line of lines) {
    assert.throws(() => read(line), Error, line);
  }
});
