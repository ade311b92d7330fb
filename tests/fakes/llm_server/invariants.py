"""What has to hold for every request in any dialect. Each complaint would be a refusal, lost money or a leak somewhere."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

from llm_server.conversation import Assistant, Request, Results
from llm_server.dialects import Dialect
from llm_server.json_text import json_object
from llm_server.rules import Rules

KEY_HEADERS = ("authorization", "x-api-key", "x-goog-api-key", "api-key")


def of_transport(path: str, headers: Mapping[str, str], body: bytes, dialect: Dialect, rules: Rules) -> Iterator[str]:
    if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        yield f"content-type is '{headers.get('content-type', '')}', not application/json"
    if "expect" in headers:
        yield "Expect: nobody waits for 100"
    own = rules.key_header(dialect.key_header)
    for name in KEY_HEADERS:
        if name in headers and name != own:
            yield f"a key in the header {name}: {dialect.name} takes it in {own}"
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
    if "key" in query:
        yield "a key in the URL, where logs keep it"
    if ":streamGenerateContent" in path and query.get("alt") != ["sse"]:
        yield "streamGenerateContent without alt=sse"
    yield from leaks(path, headers, body, dialect, rules)


def leaks(path: str, headers: Mapping[str, str], body: bytes, dialect: Dialect, rules: Rules) -> Iterator[str]:
    secrets = [secret for secret in (rules.api_key, *rules.secrets) if secret]
    places = [("the URL", path), ("the body", body.decode("utf-8", "replace"))]
    places += [(f"the header {name}", value) for name, value in headers.items() if name != rules.key_header(dialect.key_header)]
    for number, secret in enumerate(secrets):
        spellings = {secret, urllib.parse.quote(secret, safe=""), json.dumps(secret)[1:-1],
                     base64.b64encode(secret.encode()).decode().rstrip("=")}
        for where, text in places:
            if any(spelling in text for spelling in spellings):
                yield f"secret number {number} in {where}"  # by its number: violations are printed


def of_request(request: Request, rules: Rules) -> Iterator[str]:
    if not request.messages:
        yield "nothing is asked"
    elif isinstance(request.messages[-1], Assistant):
        yield "the last word is the model's own: prefilling is not supported"
    if request.messages and isinstance(request.messages[0], Assistant):
        yield "the first word is the model's own"
    if request.choice not in ("auto", "none") and not rules.forced_tool:
        yield f"tool_choice '{request.choice}' is not supported with this model"
    if request.choice not in ("auto", "none") and not request.tools:
        yield "tool_choice without tools"
    names = [tool.name for tool in request.tools]
    if len(set(names)) != len(names):
        yield "two tools of one name"
    if request.output_cap is not None and (not isinstance(request.output_cap, int) or request.output_cap < 1):
        yield f"the output cap is {request.output_cap}"
    for place, message in enumerate(request.messages):
        before = request.messages[place - 1] if place else None
        after = request.messages[place + 1] if place + 1 < len(request.messages) else None
        if isinstance(message, Results):
            yield from _of_results(message, before, place)
        if isinstance(message, Assistant):
            yield from _of_turn(message, after, place)


def _of_results(results: Results, before: Any, place: int) -> Iterator[str]:
    calls = before.calls if isinstance(before, Assistant) else []
    asked, given = [call.id for call in calls], [result.call_id for result in results.results]
    if orphans := [name for name in given if name not in asked]:
        yield f"message {place}: results without a call: {orphans}"
    elif asked != given:
        yield f"message {place}: the calls are {asked}, their answers {given}"
    for call, result in zip(calls, results.results):
        if result.name and result.name != call.name:
            yield f"message {place}: the answer to '{call.name}' is named '{result.name}'"


def _of_turn(turn: Assistant, after: Any, place: int) -> Iterator[str]:
    ids = [call.id for call in turn.calls]
    if ids and not isinstance(after, Results):
        yield f"message {place}: calls without answers in the next message: {ids}"
    if len(set(ids)) != len(ids) or "" in ids:
        yield f"message {place}: the ids of its calls are {ids}"
    for call in turn.calls:
        if json_object(call.arguments) is None:
            yield f"message {place}: the arguments of '{call.name}' are no JSON object"
