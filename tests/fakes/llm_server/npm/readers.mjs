// The providers' own clients, and what they read: { text, calls: [{id, name, arguments}], stop, usage } of an answer as the
// client gives it.
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");

// `url` without a path; `more` are options of the client.
export function clientFor(dialect, url, key, more = {}) {
  const options = { apiKey: key, maxRetries: 0, timeout: 20_000, ...more };
  if (dialect === "messages") {
    const { Anthropic } = require("@anthropic-ai/sdk");
    return new Anthropic({ ...options, authToken: null, baseURL: url });
  }
  const { OpenAI } = require("openai");
  return new OpenAI({ ...options, baseURL: url + "/v1" });
}

export const ask = {
  chat: (client, body) => body.stream ? client.chat.completions.stream(body).finalChatCompletion() : client.chat.completions.create(body),
  responses: (client, body) => body.stream ? client.responses.stream(body).finalResponse() : client.responses.create(body),
  messages: (client, body) => body.stream ? client.messages.stream(body).finalMessage() : client.messages.create(body),
};

export const read = {
  chat(answer) {
    const [{ message, finish_reason: stop }] = answer.choices;
    const calls = (message.tool_calls ?? []).map((call) => ({ id: call.id, name: call.function.name, arguments: call.function.arguments }));
    return { text: message.content ?? message.refusal ?? "", calls, stop, usage: answer.usage };
  },
  responses(answer) {
    const calls = answer.output.filter((item) => item.type === "function_call")
      .map((item) => ({ id: item.call_id, name: item.name, arguments: item.arguments }));
    const refusals = answer.output.flatMap((item) => item.content ?? []).map((part) => part.refusal ?? "");
    return { text: answer.output_text || refusals.join(""), calls, stop: answer.incomplete_details?.reason ?? answer.status,
             usage: answer.usage };
  },
  messages(answer) {
    const calls = answer.content.filter((block) => block.type === "tool_use")
      .map((block) => ({ id: block.id, name: block.name, arguments: JSON.stringify(block.input) }));
    const text = answer.content.filter((block) => block.type === "text").map((block) => block.text).join("");
    return { text, calls, stop: answer.stop_reason, usage: answer.usage };
  },
};
