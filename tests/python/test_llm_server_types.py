"""What the scripted LLM server sends where nothing is broken has the types that the providers' own clients declare.
Skipped where npm or its registry cannot be reached."""

from __future__ import annotations

import copy
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from client_types import refused
from llm_client import events_of, post
from llm_server import FakeServer, personas
from llm_server.server import Exchange
from official_clients import converse
from test_llm_server_clients import CASE, RULES, STOPS, conversation

# Text, one call, several, thoughts that are empty or hidden, a refusal; and an answer that is cut at its cap.
PLAYS = {"oracle": 100_000, "thinker": 100_000, "refuser": 100_000, "nop": 100_000, "overlong": 60}
Typed = tuple[str, Any]  # the name of a type in shapes.ts, and a value


def typed(dialect: str, exchange: Exchange) -> list[Typed]:
    if exchange.path.endswith("/count_tokens"):
        return [("MessagesCount", json.loads(exchange.answer))]
    if not exchange.request.stream:
        return [(f"{dialect.capitalize()}Answer", json.loads(exchange.answer))]
    events = [data for _, data in events_of(exchange.answer)]
    if dialect == "chat":
        assert events.pop() == "[DONE]"
    return [(f"{dialect.capitalize()}Event", json.loads(data)) for data in events]


@pytest.fixture(scope="module")
def sent(modules: Path) -> list[Typed]:
    """Each once."""
    out: list[Typed] = []
    with ExitStack() as stack:
        plays = [(dialect, stack.enter_context(FakeServer(personas.make(name, CASE), RULES)), stream, cap)
                 for dialect in STOPS for name, cap in PLAYS.items() for stream in (True, False)]
        converse(modules, [conversation(server, dialect, stream, cap=cap) for dialect, server, stream, cap in plays])
        for dialect, server, _, _ in plays:
            assert server.violations == [] and server.exchanges
            out += [value for exchange in server.exchanges for value in typed(dialect, exchange)]
        url = plays[0][1].url
        out += [("OpenAIModel", model) for model in json.loads(post(f"{url}/v1/models", None)[2])["data"]]
        version = {"anthropic-version": "2023-06-01"}
        out += [("AnthropicModel", model) for model in json.loads(post(f"{url}/v1/models", None, version)[2])["data"]]
    return list({json.dumps(value): value for value in out}.values())


KINDS = {"ChatEvent", "ChatAnswer", "ResponsesEvent", "ResponsesAnswer", "MessagesEvent", "MessagesAnswer", "MessagesCount",
         "OpenAIModel", "AnthropicModel"}
EVENTS = {
    "response.created", "response.in_progress", "response.completed", "response.incomplete", "response.output_item.added",
    "response.output_item.done", "response.content_part.added", "response.content_part.done", "response.output_text.delta",
    "response.output_text.done", "response.refusal.delta", "response.refusal.done", "response.function_call_arguments.delta",
    "response.function_call_arguments.done", "response.reasoning_summary_part.added", "response.reasoning_summary_part.done",
    "response.reasoning_summary_text.delta", "response.reasoning_summary_text.done",
    "message_start", "ping", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"}

GONE = object()
# One member of a good value changed: missing, of another type, no word of the provider's, known to nobody.
BREAKAGES = [
    ("ChatEvent", "id", GONE), ("ChatEvent", "choices.0.index", "0"), ("ChatEvent", "choices.0.finish_reason", "tool_use"),
    ("ChatEvent", "choices.0.delta.stranger", 1), ("ChatEvent", "choices.0.delta.tool_calls.0.index", GONE),
    ("ChatEvent", "usage.prompt_tokens", None), ("ChatAnswer", "choices.0.message.refusal", GONE),
    ("ChatAnswer", "choices.0.message.tool_calls.0.function.arguments", {}),
    ("ResponsesEvent", "sequence_number", GONE), ("ResponsesEvent", "type", "response.output_text.part"),
    ("ResponsesEvent", "response.usage.stranger", 0), ("ResponsesEvent", "response.incomplete_details.reason", "length"),
    ("ResponsesEvent", "item.call_id", GONE), ("ResponsesEvent", "stranger", "x"), ("ResponsesAnswer", "output.0.type", "thought"),
    ("ResponsesAnswer", "usage.input_tokens_details.cached_tokens", "7"), ("MessagesEvent", "index", GONE),
    ("MessagesEvent", "content_block.name", GONE), ("MessagesEvent", "delta.partial_json", 3), ("MessagesEvent", "usage.stranger", 1),
    ("MessagesEvent", "message.usage.input_tokens", None), ("MessagesAnswer", "stop_reason", "stop"),
    ("MessagesAnswer", "content.0.stranger", True), ("MessagesCount", "input_tokens", "12"), ("AnthropicModel", "display_name", GONE),
    ("OpenAIModel", "created", "today")]


def broken(value: Any, path: str, into: Any) -> Any:
    """A changed copy; nothing where the value has no such place."""
    out = copy.deepcopy(value)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = out
    try:
        for step in way:
            place = place[step]
        if last != "stranger":
            place[last]
        if into is GONE:
            del place[last]
        else:
            place[last] = into
    except (KeyError, IndexError, TypeError):
        return None
    return out


# conformance 94
def test_whatever_is_sent_has_the_types_of_the_providers_own_clients_and_what_is_broken_has_not(modules: Path, sent: list[Typed]):
    assert {kind for kind, _ in sent} == KINDS
    assert {value["type"] for kind, value in sent if kind in ("ResponsesEvent", "MessagesEvent")} == EVENTS
    changed = [next((kind, made) for kind, value in sent if kind == of and (made := broken(value, path, into)) is not None)
               for of, path, into in BREAKAGES]
    said = refused(modules, sent + changed)
    wrong = {json.dumps(sent[place]): why for place, why in said.items() if place < len(sent)}
    assert wrong == {}
    accepted = [breakage[:2] for place, breakage in enumerate(BREAKAGES, len(sent)) if place not in said]
    assert accepted == []
