// A trace agent that only counts: it takes the spans of one application, and keeps their names.
import { once } from "node:events";
import { createServer } from "node:http";

/** Starts a trace agent on the loopback. */
export async function startAgent() {
  const spans = [];
  const problems = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    let answer = {};
    if (request.url === "/info") {
      answer = { version: "7.0.0", endpoints: ["/v0.4/traces"], client_drop_p0s: false };
    } else if (request.url === "/v0.4/traces" && chunks.length > 0) {
      try {
        spans.push(...decode(Buffer.concat(chunks)).flat());
        answer = { rate_by_service: {} };
      } catch (error) {
        problems.push(`traces that cannot be read: ${error.message}`);
      }
    }
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    problems,
    count: (name) => spans.filter((span) => span.name === name).length,
    /** How many spans there are of each name. */
    counts() {
      const counts = {};
      for (const { name } of spans) {
        counts[name] = (counts[name] ?? 0) + 1;
      }
      return counts;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Decodes MessagePack (<https://github.com/msgpack/msgpack/blob/master/spec.md>), without extensions. */
export function decode(bytes) {
  let at = 0;
  const take = (size, read) => {
    const value = bytes[read](at);
    at += size;
    return value;
  };
  const length = (width) => bytes.readUIntBE((at += width) - width, width);
  const data = (size) => {
    if (at + size > bytes.length) {
      throw new Error(`${size} bytes at ${at} of ${bytes.length}`);
    }
    return bytes.subarray(at, (at += size));
  };
  const text = (size) => data(size).toString("utf8");
  const list = (size) => Array.from({ length: size }, value);
  const map = (size) => Object.fromEntries(Array.from({ length: size }, () => [value(), value()]));
  const coded = {
    0xc0: () => null,
    0xc2: () => false,
    0xc3: () => true,
    0xc4: () => data(length(1)),
    0xc5: () => data(length(2)),
    0xc6: () => data(length(4)),
    0xca: () => take(4, "readFloatBE"),
    0xcb: () => take(8, "readDoubleBE"),
    0xcc: () => take(1, "readUInt8"),
    0xcd: () => take(2, "readUInt16BE"),
    0xce: () => take(4, "readUInt32BE"),
    0xcf: () => take(8, "readBigUInt64BE"),
    0xd0: () => take(1, "readInt8"),
    0xd1: () => take(2, "readInt16BE"),
    0xd2: () => take(4, "readInt32BE"),
    0xd3: () => take(8, "readBigInt64BE"),
    0xd9: () => text(length(1)),
    0xda: () => text(length(2)),
    0xdb: () => text(length(4)),
    0xdc: () => list(length(2)),
    0xdd: () => list(length(4)),
    0xde: () => map(length(2)),
    0xdf: () => map(length(4)),
  };
  function value() {
    const code = take(1, "readUInt8");
    if (code < 0x80) return code;
    if (code < 0x90) return map(code - 0x80);
    if (code < 0xa0) return list(code - 0x90);
    if (code < 0xc0) return text(code - 0xa0);
    if (code >= 0xe0) return code - 0x100;
    if (!coded[code]) {
      throw new Error(`0x${code.toString(16)} at ${at - 1}`);
    }
    return coded[code]();
  }
  const result = value();
  if (at !== bytes.length) {
    throw new Error(`${bytes.length - at} bytes are left over`);
  }
  return result;
}
