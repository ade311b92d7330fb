"""A small, plain client for the tests of the scripted LLM server: all four dialects, streamed and whole. It shares no code
with the server, so that the two check each other."""

from __future__ import annotations

import http.client
import json
import socket
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

TEXT = {"type": "string"}
SCHEMAS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "bisect_layers": ({}, []),
    "compile": ({}, []),
    "find_nodes": ({"code": TEXT, "kind": TEXT, "symbol": TEXT, "limit": {"type": "integer"}}, []),
    "give_up": ({"reason": TEXT}, ["reason"]),
    "inspect_failure": ({"which": TEXT, "log": {"type": "boolean"}}, []),
    "query_patterns": ({"about": TEXT, "limit": {"type": "integer"}}, []),
    "read_source": ({"symbol": TEXT, "from_line": {"type": "integer"}, "to_line": {"type": "integer"}}, ["symbol"]),
    "reproduce": ({}, []),
    "rewrite": ({"symbol": TEXT, "kind": TEXT, "fingerprint": TEXT, "occurrence": {"type": "integer"}, "operation": TEXT, "code": TEXT,
                 "search": TEXT, "replace": TEXT, "imports": {"type": "array", "items": TEXT}}, ["symbol"]),
    "run_compare": ({}, []),
    "set_option": ({"id": TEXT, "on": {"type": "boolean"}}, ["id"]),
}
SYSTEM = "You repair models. " + "Everything here is only a test of the wire. " * 40


class Broken(Exception):
    """The answer is no turn: `status` and body, or how the stream ended."""

    def __init__(self, what: str, status: int = 0, body: bytes = b"", headers: dict[str, str] | None = None):
        super().__init__(f"{what} ({status}) {body[:300]!r}")
        self.what, self.status, self.body, self.headers = what, status, body, headers or {}


@dataclass
class Turn:
    text: str = ""
    calls: list[tuple[str, str, str]] = field(default_factory=list)  # id, name, arguments as JSON text
    stop: str = ""
    usage: dict[str, int] = field(default_factory=dict)
    told: bool = False  # whether usage came at all
    raw: Any = None  # what goes back


def post(url: str, body: Any, headers: dict[str, str] | None = None, raw: bytes | None = None,
         timeout: float = 20) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and the whole body; raises Broken when the body breaks off. Without anything to send, a GET."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        data = raw if raw is not None else b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("POST" if data else "GET", path, data or None, {"content-type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        received, got = b"", {name.lower(): value for name, value in answer.getheaders()}
        try:
            while piece := answer.read1(65536):
                received += piece
        except (http.client.HTTPException, OSError, socket.timeout) as error:
            raise Broken(type(error).__name__, answer.status, received, got) from None
        if answer.length:
            raise Broken("short", answer.status, received, got)
        return answer.status, got, received
    except OSError as error:
        raise Broken(type(error).__name__) from None
    finally:
        connection.close()


def events_of(data: bytes) -> list[tuple[str, str]]:
    """Name and data of each finished event."""
    out, name, lines = [], "", []
    for line in data.decode().removeprefix("\ufeff").replace("\r\n", "\n").split("\n"):
        if not line:
            if lines:
                out.append((name, "\n".join(lines)))
            name, lines = "", []
        elif line.startswith("data:"):
            lines.append(line[5:].removeprefix(" "))
        elif line.startswith("event:"):
            name = line[6:].strip()
    return out


class Client:
    """One conversation. Sends its history as it was received."""

    def __init__(self, url: str, dialect: str, stream: bool = True, tools: list[str] | None = None, key: str = "a-key",
                 cap: int = 4096, markers: bool = True):
        self.url, self.dialect, self.stream, self.key, self.cap, self.markers = url, dialect, stream, key, cap, markers
        self.tools = sorted(SCHEMAS) if tools is None else tools
        self.system = SYSTEM
        self.history: list[Any] = []
        self.extra: dict[str, Any] = {}  # more members of the body

    # What is asked.

    def ask(self, text: str) -> Turn:
        if self.dialect == "gemini":
            self.history.append({"role": "user", "parts": [{"text": text}]})
        elif self.dialect == "responses":
            self.history.append({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]})
        elif self.dialect == "messages":
            self.history.append({"role": "user", "content": [{"type": "text", "text": text}]})
        else:
            self.history.append({"role": "user", "content": text})
        return self.turn()

    def answer(self, turn: Turn, texts: list[str]) -> Turn:
        pairs = list(zip(turn.calls, texts, strict=True))
        if self.dialect == "gemini":
            self.history.append({"role": "user", "parts": [
                {"functionResponse": {"id": call[0], "name": call[1], "response": {"output": text}}} for call, text in pairs]})
        elif self.dialect == "responses":
            self.history += [{"type": "function_call_output", "call_id": call[0], "output": text} for call, text in pairs]
        elif self.dialect == "messages":
            self.history.append({"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": call[0], "content": text, "is_error": text.startswith("error")}
                for call, text in pairs]})
        else:
            self.history += [{"role": "tool", "tool_call_id": call[0], "content": text} for call, text in pairs]
        return self.turn()

    def turn(self) -> Turn:
        status, headers, data = post(self.url + self.path(), self.body(), self.headers())
        if status != 200:
            raise Broken("refused", status, data, headers)
        turn = self.read(data)
        if turn.raw is not None:
            self.history += turn.raw if isinstance(turn.raw, list) else [turn.raw]
        return turn

    def headers(self) -> dict[str, str]:
        return {"messages": {"x-api-key": self.key, "anthropic-version": "2026-10-21"},
                "gemini": {"x-goog-api-key": self.key}}.get(self.dialect, {"authorization": f"Bearer {self.key}"})

    def path(self) -> str:
        verb = "streamGenerateContent?alt=sse" if self.stream else "generateContent"
        return {"chat": "/v1/chat/completions", "responses": "/v1/responses", "messages": "/v1/messages",
                "gemini": f"/v1beta/models/scripted-1:{verb}"}[self.dialect]

    def body(self) -> dict[str, Any]:
        schemas = [(name, f"The tool {name}.", {"type": "object", "properties": SCHEMAS[name][0], "required": SCHEMAS[name][1]})
                   for name in self.tools]
        keys = ("name", "description", "parameters")
        functions = [dict(zip(keys, schema)) for schema in schemas]
        if self.dialect == "gemini":
            body: dict[str, Any] = {"systemInstruction": {"parts": [{"text": self.system}]}, "contents": self.history,
                                    "generationConfig": {"maxOutputTokens": self.cap}}
            return body | ({"tools": [{"functionDeclarations": functions}]} if functions else {}) | self.extra
        body = {"model": "scripted-1", "stream": self.stream}
        if self.dialect == "responses":
            body |= {"instructions": self.system, "input": self.history, "max_output_tokens": self.cap, "store": False,
                     "include": ["reasoning.encrypted_content"],
                     "tools": [{"type": "function", "strict": None, **function} for function in functions]}
        elif self.dialect == "messages":
            mark = {"cache_control": {"type": "ephemeral"}} if self.markers else {}
            body |= {"system": [{"type": "text", "text": self.system, **mark}], "messages": self._marked(), "max_tokens": self.cap,
                     "tools": [{"name": name, "description": text, "input_schema": schema} for name, text, schema in schemas]}
        else:
            body |= {"messages": [{"role": "system", "content": self.system}, *self.history], "max_completion_tokens": self.cap,
                     "tools": [{"type": "function", "function": function} for function in functions],
                     **({"stream_options": {"include_usage": True}} if self.stream else {})}
        if not functions:
            body.pop("tools")
        return body | self.extra

    def _marked(self) -> list[Any]:
        if not self.markers:
            return self.history
        last = {**self.history[-1], "content": [*self.history[-1]["content"]]}
        last["content"][-1] = {**last["content"][-1], "cache_control": {"type": "ephemeral"}}
        return [*self.history[:-1], last]

    # What is answered.

    def read(self, data: bytes) -> Turn:
        try:
            return getattr(self, f"_{self.dialect}_{'stream' if self.stream else 'whole'}")(data)
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
            raise Broken(f"unreadable: {type(error).__name__}: {error}", 200, data) from None

    def _chat_whole(self, data: bytes) -> Turn:
        value = json.loads(data)
        message, usage = value["choices"][0]["message"], value["usage"]
        calls = [(call["id"], call["function"]["name"], call["function"]["arguments"]) for call in message.get("tool_calls") or []]
        raw = {name: entry for name, entry in message.items() if entry is not None}
        return Turn(message["content"] or message.get("refusal") or "", calls, value["choices"][0]["finish_reason"],
                    self._openai_usage(usage, "prompt", "completion"), True, raw | ({} if raw.get("content") or calls else {"content": ""}))

    def _openai_usage(self, usage: dict[str, Any], inputs: str, outputs: str) -> dict[str, int]:
        cached = usage[f"{inputs}_tokens_details"]["cached_tokens"]
        return {"fresh": usage[f"{inputs}_tokens"] - cached, "cache_read": cached, "output": usage[f"{outputs}_tokens"],
                "reasoning": usage[f"{outputs}_tokens_details"]["reasoning_tokens"]}

    def _chat_stream(self, data: bytes) -> Turn:
        turn, slots, text, thought, refusal, done = Turn(), {}, "", "", "", False
        for _, entry in events_of(data):
            if entry == "[DONE]":
                done = True
                continue
            chunk = json.loads(entry)
            if "error" in chunk:
                raise Broken("error in stream", 200, entry.encode())
            if chunk.get("usage"):
                turn.usage, turn.told = self._openai_usage(chunk["usage"], "prompt", "completion"), True
            for choice in chunk["choices"]:
                delta = choice["delta"]
                text += delta.get("content") or ""
                refusal += delta.get("refusal") or ""
                thought += delta.get("reasoning_content") or ""
                for call in delta.get("tool_calls") or []:
                    slot = slots.setdefault(call["index"], {"id": "", "type": "function", "function": {"name": "", "arguments": ""}})
                    slot["id"] = call.get("id") or slot["id"]
                    slot["function"]["name"] += call["function"].get("name", "")
                    slot["function"]["arguments"] += call["function"].get("arguments", "")
                    slot |= {"extra_content": call["extra_content"]} if "extra_content" in call else {}
                turn.stop = turn.stop or choice["finish_reason"] or ""
        if not done or not turn.stop:
            raise Broken("no terminal event", 200, data)
        turn.text, turn.calls = text or refusal, [(s["id"], s["function"]["name"], s["function"]["arguments"]) for s in slots.values()]
        turn.raw = {"role": "assistant", "content": turn.text, **({"reasoning_content": thought} if thought else {}),
                    **({"tool_calls": list(slots.values())} if slots else {})}
        return turn

    def _responses_whole(self, data: bytes) -> Turn:
        return self._response(json.loads(data))

    def _responses_stream(self, data: bytes) -> Turn:
        items, terminal, deltas = [], None, {}
        for name, entry in events_of(data):
            event = json.loads(entry)
            if event["type"] == "error":
                raise Broken("error in stream", 200, entry.encode())
            if event["type"] == "response.output_item.done":
                items.append(event["item"])
            if event["type"].endswith(".delta"):
                deltas[event["item_id"]] = deltas.get(event["item_id"], "") + event["delta"]
            if event["type"] in ("response.completed", "response.incomplete", "response.failed"):
                terminal = event["response"]
        if terminal is None:
            raise Broken("no terminal event", 200, data)
        for item in items:  # the deltas have to tell the same as the finished items
            told = item.get("arguments", "".join(part.get("text", part.get("refusal", "")) for part in
                                                 item.get("content", item.get("summary", []))))
            assert deltas.get(item["id"], "") == told, (item, deltas)
        return self._response({**terminal, "output": items})

    def _response(self, value: dict[str, Any]) -> Turn:
        if value["status"] == "failed":
            raise Broken("failed", 200, json.dumps(value["error"]).encode())
        text = "".join(part.get("text", part.get("refusal", "")) for item in value["output"] if item["type"] == "message"
                       for part in item["content"])
        calls = [(item["call_id"], item["name"], item["arguments"]) for item in value["output"] if item["type"] == "function_call"]
        reason = (value.get("incomplete_details") or {}).get("reason")
        turn = Turn(text, calls, reason or value["status"], {}, bool(value.get("usage")), value["output"])
        if turn.told:
            turn.usage = self._openai_usage(value["usage"], "input", "output")
        return turn

    def _messages_whole(self, data: bytes) -> Turn:
        value = json.loads(data)
        return self._message(value["content"], value["stop_reason"], value["usage"])

    def _message(self, content: list[Any], stop: str, usage: dict[str, Any]) -> Turn:
        calls = [(block["id"], block["name"], json.dumps(block["input"])) for block in content if block["type"] == "tool_use"]
        text = "".join(block["text"] for block in content if block["type"] == "text")
        numbers = {"fresh": usage["input_tokens"], "cache_read": usage["cache_read_input_tokens"],
                   "cache_write": usage["cache_creation"]["ephemeral_5m_input_tokens"],
                   "cache_write_1h": usage["cache_creation"]["ephemeral_1h_input_tokens"], "output": usage["output_tokens"],
                   "reasoning": usage["output_tokens_details"]["thinking_tokens"]} if usage else {}
        return Turn(text, calls, stop, numbers, bool(usage), {"role": "assistant", "content": content} if content else None)

    def _messages_stream(self, data: bytes) -> Turn:
        blocks, partial, stop, usage, done = {}, {}, "", {}, False
        for name, entry in events_of(data):
            event = json.loads(entry)
            if name != "weather":
                assert event["type"] == name
            if name == "error":
                raise Broken("error in stream", 200, entry.encode())
            if name == "message_start":
                usage = event["message"].get("usage") or {}
            elif name == "content_block_start":
                blocks[event["index"]] = event["content_block"]
            elif name == "content_block_delta":
                delta, block = event["delta"], blocks[event["index"]]
                key = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}.get(delta["type"])
                if key:
                    block[key] += delta[key]
                else:
                    partial[event["index"]] = partial.get(event["index"], "") + delta["partial_json"]
            elif name == "message_delta":
                stop, usage = event["delta"]["stop_reason"] or stop, usage | (event.get("usage") or {})
            elif name == "message_stop":
                done = True
        if not done or not stop:
            raise Broken("no terminal event", 200, data)
        for index, text in partial.items():
            blocks[index]["input"] = json.loads(text or "{}")
        return self._message(list(blocks.values()), stop, usage)

    def _gemini_whole(self, data: bytes) -> Turn:
        return self._candidates([json.loads(data)], data)

    def _gemini_stream(self, data: bytes) -> Turn:
        return self._candidates([json.loads(entry) for _, entry in events_of(data)], data)

    def _candidates(self, values: list[Any], data: bytes) -> Turn:
        parts, stop, usage = [], "", {}
        for value in values:
            if "error" in value:
                raise Broken("error in stream", 200, data)
            usage = value.get("usageMetadata", usage)
            for candidate in value.get("candidates", []):
                parts += candidate["content"]["parts"]
                stop = candidate.get("finishReason", stop)
        if not stop:
            raise Broken("no terminal event", 200, data)
        joined: list[Any] = []
        for part in parts:
            if joined and set(part) == {"text"} == set(joined[-1]):
                joined[-1] = {"text": joined[-1]["text"] + part["text"]}
            elif part != {"text": ""}:
                joined.append(part)
        calls = [(part["functionCall"]["id"], part["functionCall"]["name"], json.dumps(part["functionCall"]["args"]))
                 for part in joined if "functionCall" in part]
        numbers = {"fresh": usage["promptTokenCount"] - usage["cachedContentTokenCount"],
                   "cache_read": usage["cachedContentTokenCount"], "reasoning": usage["thoughtsTokenCount"],
                   "output": usage["candidatesTokenCount"] + usage["thoughtsTokenCount"]} if usage else {}
        text = "".join(part["text"] for part in joined if "text" in part and not part.get("thought"))
        return Turn(text, calls, stop, numbers, bool(usage), {"role": "model", "parts": joined} if joined else None)
