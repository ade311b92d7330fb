"""The program's client of language models held against what others wrote: the providers' own clients, which read the same
answers, and a server that is not ours. Skipped where npm or its registry cannot be reached."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from agent_program import AGENT, WITHOUT_AGENT, check_chain
from aimock import aimock
from client_types import refused
from llm_runs import CASE, ENDPOINTS, Asked, Told
from llm_server import personas
from llm_server.conversation import Reply, Request, say
from official_clients import numbers, reread
from test_llm_server_clients import STOPS

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

ORACLE = personas.make("oracle", CASE)


def hesitant(request: Request) -> Reply:
    """The oracle, after an answer without a call."""
    return ORACLE(request) if request.turns else say("First a “thought” – 漢字 🙂.", thought="Where to begin?")


def calls_of(turn: dict[str, Any]) -> list[tuple[str, str, Any]]:
    return [(part["call"], part["name"], json.loads(part["arguments"])) for part in turn["parts"] if "call" in part]


def text_of(turn: dict[str, Any]) -> str:
    return "".join(part.get("text", "") for part in turn["parts"])


def ours(turn: dict[str, Any]) -> dict[str, Any]:
    """What the run recorded of an answer."""
    usage = turn["usage"]
    assert not usage["estimated"]
    prompt = sum(usage[name] for name in ("fresh", "cache_read", "cache_write", "cache_write_1h"))
    return {"text": text_of(turn), "calls": calls_of(turn), "stop": turn["native_stop"],
            "usage": {"prompt": prompt} | {name: usage[name] for name in ("cache_read", "output", "reasoning")}}


def theirs(dialect: str, turn: dict[str, Any]) -> dict[str, Any]:
    return {"text": turn["text"], "calls": [(call["id"], call["name"], json.loads(call["arguments"])) for call in turn["calls"]],
            "stop": turn["stop"], "usage": numbers(dialect, turn["usage"])}


@pytest.fixture(scope="module")
def conversations(modules: Path, asked: Asked) -> dict[str, Told]:
    """One in each dialect, to the repair."""
    return {dialect: asked.converse(hesitant, dialect=dialect) for dialect in STOPS}


# conformance 95
@pytest.mark.parametrize("dialect", STOPS)
def test_the_providers_own_client_reads_the_same_calls_stops_and_usage(conversations: dict[str, Told], modules: Path, dialect: str):
    told = conversations[dialect]
    assert told.outcome == "adapted", told.text
    turns = [turn["result"]["turn"] for turn in told.turns]
    assert [[name for _, name, _ in calls_of(turn)] for turn in turns] == [[], ["read_source", "find_nodes"], ["rewrite"], ["run_compare"]]
    read = reread(modules, dialect, told.server.exchanges)
    assert [theirs(dialect, turn) for turn in read] == [ours(turn) for turn in turns]
    assert [turn["stop"] for turn in read] == [STOPS[dialect][turn["stop"]] for turn in turns]
    assert all(turn["same"] for turn in read), "what the program asks is what the provider's client would send"


def test_what_the_program_asks_has_the_types_of_the_providers_own_clients(conversations: dict[str, Told], modules: Path):
    asked_for = [(f"{dialect.capitalize()}Request", body) for dialect, told in conversations.items() for body in told.bodies]
    broken = [(kind, body | {"stranger": 1}) for kind, body in asked_for]
    said = refused(modules, asked_for + broken)
    assert [why for place, why in said.items() if place < len(asked_for)] == []
    assert sorted(said) == list(range(len(asked_for), 2 * len(asked_for)))


def scripted(asked: Asked, modules: Path, dialect: str, *answers: dict[str, Any]) -> tuple[list[dict], list[dict], str]:
    """The recorded turns of a conversation with aimock, what that understood of the requests, and why it stopped."""
    with aimock(modules, [{"match": {"turnIndex": turn}, "response": answer} for turn, answer in enumerate(answers)]) as server:
        asked.restore(ENDPOINTS[dialect].format(url=server.url))
        ended = asked.resume()
        assert asked.program.leftovers() == []
    events = check_chain(asked.folder / "events.jsonl")
    turns = [event["data"]["result"]["turn"] for event in events
             if event["type"] == "step" and event["data"]["key"].startswith("llm:")]
    assert [request["status"] for request in server.requests] == [200] * len(answers), ended.stdout[-2000:] + ended.stderr[-2000:]
    return turns, [request["body"]["messages"] for request in server.requests], ended.json["spend"]["stopped"]


READ = {"id": "call_reads", "name": "read_source", "arguments": {"symbol": "model:Model.forward"}}
FIND = {"id": "call_finds", "name": "find_nodes", "arguments": {"code": "torch.tanh($X)", "limit": 5}}
GIVE_UP = {"id": "call_gives_up", "name": "give_up", "arguments": {"reason": "it is only a script"}}


def made(*calls: dict[str, Any]) -> list[tuple[str, str, Any]]:
    return [(call["id"], call["name"], call["arguments"]) for call in calls]


def understood(messages: list[dict[str, Any]]) -> list[tuple]:
    """What was said, called and found after the opening, as the server took it from a request; of texts, the first line."""
    out: list[tuple] = []
    for message in messages[[message["role"] for message in messages].index("assistant"):]:
        first = (message["content"] or "").split("\n")[0]
        if message["role"] == "tool":
            out.append(("result", message["tool_call_id"], first))
        elif first:
            out.append((message["role"], first))
        for call in message.get("tool_calls") or []:
            out.append(("call", call["id"], call["function"]["name"], json.loads(call["function"]["arguments"])))
    return out


CALLED_READ = [("call", *made(READ)[0])]
CALLED_FIND = [("call", *made(FIND)[0])]
HAS_READ = [("result", "call_reads", "model:Model.forward in model.py, lines 11 to 17")]
HAS_FOUND = [("result", "call_finds", "1 node found.")]


# conformance 55
def test_a_call_its_result_and_a_text_go_through_a_responses_server_that_is_not_ours(modules: Path, asked: Asked):
    text = "That is all there is to see."
    turns, histories, stopped = scripted(
        asked, modules, "responses", {"toolCalls": [READ], "usage": {"input_tokens": 700, "output_tokens": 21}},
        {"content": text, "usage": {"input_tokens": 800, "output_tokens": 9}}, {"toolCalls": [GIVE_UP]})
    assert [(text_of(turn), calls_of(turn), turn["stop"]) for turn in turns] == [
        ("", made(READ), "tool"), (text, [], "end"), ("", made(GIVE_UP), "tool")]
    assert [(turn["usage"]["fresh"], turn["usage"]["output"]) for turn in turns[:2]] == [(700, 21), (800, 9)]
    assert understood(histories[1]) == CALLED_READ + HAS_READ
    *before, (role, _) = understood(histories[2])
    assert (before, role) == (CALLED_READ + HAS_READ + [("assistant", text)], "user")  # who asks for a call
    assert stopped == "gave_up"


# conformance 67
def test_two_calls_of_one_answer_go_through_a_messages_server_that_is_not_ours(modules: Path, asked: Asked):
    turns, histories, stopped = scripted(
        asked, modules, "messages",
        {"content": "I look.", "toolCalls": [READ, FIND], "usage": {"input_tokens": 700, "output_tokens": 40}}, {"toolCalls": [GIVE_UP]})
    assert [(text_of(turn), calls_of(turn), turn["stop"]) for turn in turns] == [
        ("I look.", made(READ, FIND), "tool"), ("", made(GIVE_UP), "tool")]
    assert (turns[0]["usage"]["fresh"], turns[0]["usage"]["output"]) == (700, 40)
    assert understood(histories[1]) == [("assistant", "I look."), *CALLED_READ, *CALLED_FIND, *HAS_READ, *HAS_FOUND]
    assert stopped == "gave_up"
