// Holds conversations with scripted LLM servers through the providers' own clients, and prints what was read as JSON.
// Usage: node drive.mjs <folder with node_modules>; on stdin a list of { url, dialect, stream, key, system, tools, most,
// cap }, one for each conversation.
import { readFileSync } from "node:fs";
import { ask, clientFor, read } from "./readers.mjs";

const model = "scripted-1";

// Each takes the history and gives the body of the next request.
const bodies = {
  chat: (history, given) => ({
    model, max_completion_tokens: given.cap, messages: [{ role: "system", content: given.system }, ...history],
    tools: given.tools.map((tool) => ({ type: "function", function: tool })),
    ...(given.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  }),
  responses: (history, given) => ({
    model, max_output_tokens: given.cap, instructions: given.system, input: history, store: false, stream: given.stream,
    include: ["reasoning.encrypted_content"], tools: given.tools.map((tool) => ({ type: "function", strict: null, ...tool })),
  }),
  messages: (history, given) => ({
    model, max_tokens: given.cap, system: [{ type: "text", text: given.system, cache_control: { type: "ephemeral" } }],
    messages: history, tools: given.tools.map((tool) => ({ name: tool.name, description: tool.description, input_schema: tool.parameters })),
    stream: given.stream,
  }),
};

// What an answer adds to the history.
const said = {
  chat(answer) {
    const { message } = answer.choices[0];
    delete message.reasoning_content; // the client keeps no more than the last piece of members that it does not know
    return [message];
  },
  responses: (answer) => answer.output,
  messages: (answer) => [{ role: "assistant", content: answer.content }],
};

async function count(client, { max_tokens, stream, ...counted }) {
  return (await client.messages.countTokens(counted)).input_tokens;
}

function results(dialect, calls) {
  if (dialect === "responses") return calls.map((call) => ({ type: "function_call_output", call_id: call.id, output: "ok" }));
  if (dialect === "messages")
    return [{ role: "user", content: calls.map((call) => ({ type: "tool_result", tool_use_id: call.id, content: "ok" })) }];
  return calls.map((call) => ({ role: "tool", tool_call_id: call.id, content: "ok" }));
}

async function converse(given) {
  const { dialect } = given;
  const client = clientFor(dialect, given.url, given.key);
  const history = [{ role: "user", content: dialect === "messages" ? [{ type: "text", text: "repair it" }] : "repair it" }];
  const turns = [];
  const models = [];
  for await (const entry of client.models.list()) models.push(entry.id);
  for (;;) {
    const body = bodies[dialect](history, given);
    const counted = dialect === "messages" ? { count: await count(client, body) } : {};
    const answer = await ask[dialect](client, body);
    const turn = { ...read[dialect](answer), ...counted };
    turns.push(turn);
    if (turn.calls.length === 0 || turns.length >= given.most) return { models, turns };
    history.push(...said[dialect](answer), ...results(dialect, turn.calls));
  }
}

const told = [];
for (const given of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    told.push(await converse(given));
  } catch (error) {
    told.push({ error: { name: error.constructor.name, status: error.status ?? null, type: error.type ?? null,
                         code: error.code ?? null, request: error.requestID ?? null, message: String(error.message) } });
  }
}
console.log(JSON.stringify(told));
