"""The providers' own clients read what the scripted LLM server writes, so that it and our client cannot share one
misunderstanding. Skipped where npm or its registry cannot be reached."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import pytest
from llm_client import SCHEMAS, SYSTEM
from llm_server import FakeServer, Rules, at, breakages, personas, refusals
from llm_server.personas import repair
from official_clients import converse, numbers

CASE = repair.load_case(Path(__file__).resolve().parents[1] / "corpus" / "honest" / "where_for_a_branch")
TOOLS = [{"name": name, "description": f"The tool {name}.", "parameters": {"type": "object", "properties": fields, "required": required}}
         for name, (fields, required) in sorted(SCHEMAS.items())]
STOPS = {"chat": {"end": "stop", "tool": "tool_calls", "length": "length", "refusal": "content_filter"},
         "responses": {"end": "completed", "tool": "completed", "length": "max_output_tokens", "refusal": "content_filter"},
         "messages": {"end": "end_turn", "tool": "tool_use", "length": "max_tokens", "refusal": "refusal"}}
# These versions send every key as a bearer's.
RULES = Rules(api_key="the-key", cache_minimum=64, bearer_everywhere=True)
HAPPY = ("oracle", "thinker", "nop", "refuser", "giver_up", "stubborn", "flaky", "verbose", "injector", "parrot")


def check(server: FakeServer, dialect: str, told: dict, name: str) -> None:
    assert "error" not in told, (name, told)
    assert server.violations == [] and told["models"] == ["scripted-1"], name
    exchanges = [exchange for exchange in server.exchanges if exchange.reply]
    assert len(exchanges) == len(told["turns"]), name
    for turn, exchange, entry in zip(told["turns"], exchanges, server.ledger.entries, strict=True):
        calls = [(call.id, call.name, json.loads(call.arguments)) for call in exchange.reply.calls]
        assert [(call["id"], call["name"], json.loads(call["arguments"])) for call in turn["calls"]] == calls, name
        assert (turn["text"], turn["stop"]) == (exchange.reply.text, STOPS[dialect][exchange.reply.how_it_stops]), name
        assert numbers(dialect, turn["usage"]) == {"prompt": entry.usage.prompt, "cache_read": entry.usage.cache_read,
                                                   "output": entry.usage.output, "reasoning": entry.usage.reasoning}, name
        assert turn.get("count", entry.usage.prompt) == entry.usage.prompt, name


def conversation(server: FakeServer, dialect: str, stream: bool = True, most: int = 6, cap: int = 100_000) -> dict:
    return {"url": server.url, "dialect": dialect, "stream": stream, "key": "the-key", "system": SYSTEM, "tools": TOOLS, "most": most,
            "cap": cap}


# conformance 93
@pytest.mark.parametrize("dialect", STOPS)
def test_the_providers_own_client_reads_every_persona(modules: Path, dialect: str):
    with ExitStack() as stack:
        plays = [(name, stream, stack.enter_context(FakeServer(personas.make(name, CASE), RULES)))
                 for name in HAPPY for stream in (True, False)]
        told = converse(modules, [conversation(server, dialect, stream) for _, stream, server in plays])
        for (name, stream, server), one in zip(plays, told, strict=True):
            check(server, dialect, one, f"{name}, {'streamed' if stream else 'whole'}")


# The chat client raises LengthFinishReasonError when it streams into the cap: right, and its own affair.
@pytest.mark.parametrize("dialect, streams", [("chat", [False]), ("responses", [True, False]), ("messages", [True, False])])
def test_the_providers_own_client_reads_an_answer_that_hit_the_cap(modules: Path, dialect: str, streams: list[bool]):
    for stream in streams:
        with FakeServer(personas.make("overlong"), RULES) as server:
            told, = converse(modules, [conversation(server, dialect, stream, most=1, cap=60)])
            check(server, dialect, told, "overlong")
            assert told["turns"][0]["stop"] == STOPS[dialect]["length"]


# The names are those of the clients' classes of errors, which they choose by status.
ERRORS = [(refusals.rate_limited(), "RateLimitError", 429), (refusals.status(500), "InternalServerError", 500),
          (refusals.status(401), "AuthenticationError", 401), (refusals.spend_limit(), "RateLimitError", 429)]


@pytest.mark.parametrize("dialect", STOPS)
def test_the_providers_own_client_knows_our_errors(modules: Path, dialect: str):
    with ExitStack() as stack:
        servers = [stack.enter_context(FakeServer(personas.make("nop"), RULES, at({0: fault, 1: fault}))) for fault, _, _ in ERRORS]
        told = converse(modules, [conversation(server, dialect) for server in servers])
    for (fault, name, status), one in zip(ERRORS, told, strict=True):
        error = one["error"]
        if fault.name == "spend_limit" and dialect == "messages":
            name = "EnforcedSpendLimitReachedError"  # by its code in the details
        assert (error["name"], error["status"]) == (name, status) and error["request"], error
        if fault.name == "spend_limit" and dialect != "messages":
            assert (error["code"], error["type"]) == ("organization_spend_limit_exceeded", "insufficient_quota")


@pytest.mark.parametrize("dialect", STOPS)
def test_the_providers_own_client_would_notice_a_broken_stream(modules: Path, dialect: str):
    broken = [breakages.cut_after_events(3), breakages.error_event(3)]
    if dialect != "responses":  # whose client takes a stream without its last event for an answer
        broken.append(breakages.without_terminal())
    with ExitStack() as stack:
        servers = [stack.enter_context(FakeServer(personas.make("thinker"), RULES, at({0: fault, 1: fault}))) for fault in broken]
        told = converse(modules, [conversation(server, dialect) for server in servers])
    assert ["error" in one for one in told] == [True] * len(broken), told
