// Holds conversations with scripted LLM servers through the providers' own clients, and prints what was read as JSON.
// Usage: node drive.mjs <folder with node_modules>; on stdin a list of { url, dialect, stream, key, system, tools, most,
// cap }, one for each conversation.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const model = "scripted-1";

function openai(given) {
  const { OpenAI } = require("openai");
  return new OpenAI({ apiKey: given.key, baseURL: given.url + "/v1", maxRetries: 0, timeout: 20_000 });
}

function anthropic(given) {
  const { Anthropic } = require("@anthropic-ai/sdk");
  return new Anthropic({ apiKey: given.key, authToken: null, baseURL: given.url, maxRetries: 0, timeout: 20_000 });
}

// Each takes the history, asks once, and gives { text, calls: [{id, name, arguments}], stop, usage, said } with `said`
// as the entries for the history.
const ask = {
  async chat(client, history, given) {
    const body = {
      model, max_completion_tokens: given.cap, messages: [{ role: "system", content: given.system }, ...history],
      tools: given.tools.map((tool) => ({ type: "function", function: tool })),
    };
    const answer = given.stream
      ? await client.chat.completions.stream({ ...body, stream_options: { include_usage: true } }).finalChatCompletion()
      : await client.chat.completions.create(body);
    const [{ message, finish_reason: stop }] = answer.choices;
    const calls = (message.tool_calls ?? []).map((call) => ({ id: call.id, name: call.function.name, arguments: call.function.arguments }));
    delete message.reasoning_content; // the client keeps no more than the last piece of members that it does not know
    return { text: message.content ?? message.refusal ?? "", calls, stop, usage: answer.usage, said: [message] };
  },
  async responses(client, history, given) {
    const body = {
      model, max_output_tokens: given.cap, instructions: given.system, input: history, store: false,
      include: ["reasoning.encrypted_content"], tools: given.tools.map((tool) => ({ type: "function", strict: null, ...tool })),
    };
    const answer = given.stream ? await client.responses.stream(body).finalResponse() : await client.responses.create(body);
    const calls = answer.output.filter((item) => item.type === "function_call")
      .map((item) => ({ id: item.call_id, name: item.name, arguments: item.arguments }));
    const refusals = answer.output.flatMap((item) => item.content ?? []).map((part) => part.refusal ?? "");
    return { text: answer.output_text || refusals.join(""), calls, stop: answer.incomplete_details?.reason ?? answer.status,
             usage: answer.usage, said: answer.output };
  },
  async messages(client, history, given) {
    const body = {
      model, max_tokens: given.cap, system: [{ type: "text", text: given.system, cache_control: { type: "ephemeral" } }],
      messages: history, tools: given.tools.map((tool) => ({ name: tool.name, description: tool.description, input_schema: tool.parameters })),
    };
    const { max_tokens, ...counted } = body;
    const count = await client.messages.countTokens(counted);
    const answer = given.stream ? await client.messages.stream(body).finalMessage() : await client.messages.create(body);
    const calls = answer.content.filter((block) => block.type === "tool_use")
      .map((block) => ({ id: block.id, name: block.name, arguments: JSON.stringify(block.input) }));
    const text = answer.content.filter((block) => block.type === "text").map((block) => block.text).join("");
    return { text, calls, stop: answer.stop_reason, usage: answer.usage, count: count.input_tokens,
             said: [{ role: "assistant", content: answer.content }] };
  },
};

function results(dialect, calls) {
  if (dialect === "responses") return calls.map((call) => ({ type: "function_call_output", call_id: call.id, output: "ok" }));
  if (dialect === "messages")
    return [{ role: "user", content: calls.map((call) => ({ type: "tool_result", tool_use_id: call.id, content: "ok" })) }];
  return calls.map((call) => ({ role: "tool", tool_call_id: call.id, content: "ok" }));
}

async function converse(given) {
  const { dialect } = given;
  const client = dialect === "messages" ? anthropic(given) : openai(given);
  const history = [{ role: "user", content: dialect === "messages" ? [{ type: "text", text: "repair it" }] : "repair it" }];
  const turns = [];
  const models = [];
  for await (const entry of client.models.list()) models.push(entry.id);
  for (;;) {
    const { said, ...turn } = await ask[dialect](client, history, given);
    turns.push(turn);
    if (turn.calls.length === 0 || turns.length >= given.most) return { models, turns };
    history.push(...said, ...results(dialect, turn.calls));
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
