// Has the providers' own clients read answers that somebody else was given, and prints what they read as JSON.
// Usage: node reread.mjs <folder with node_modules>; on stdin a list of { dialect, body, answer }: the request that was
// made as JSON text, and the answer's payload in base64. `same` tells whether the client would have made the same request.
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { ask, clientFor, read } from "./readers.mjs";

async function reread({ dialect, body, answer }) {
  const asked = JSON.parse(body);
  let sent;
  const type = asked.stream ? "text/event-stream" : "application/json";
  const client = clientFor(dialect, "http://127.0.0.1:9", "no-key", {
    fetch: async (_, request) => {
      sent = request.body;
      return new Response(Buffer.from(answer, "base64"), { headers: { "content-type": type } });
    },
  });
  const turn = read[dialect](await ask[dialect](client, asked));
  return { ...turn, same: isDeepStrictEqual(JSON.parse(sent), JSON.parse(body)) };
}

const told = [];
for (const given of JSON.parse(readFileSync(0, "utf8"))) told.push(await reread(given));
console.log(JSON.stringify(told));
