"""A run that is killed while a language model works ends, once resumed, as an undisturbed one, and pays for nothing twice
that it has on record."""

from __future__ import annotations

import hashlib
import json
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from agent_program import AGENT, SOAK, WITHOUT_AGENT, check_chain
from llm_runs import ENDPOINTS, SETTINGS, Asked, Told
from llm_server.ledger import Usage

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

SECONDS = 600


@pytest.fixture(scope="module")
def undisturbed(asked: Asked) -> Told:
    told = asked.converse("oracle")
    assert told.outcome == "adapted", told.text
    return told


def of_the_conversation(events: list[dict]) -> list[int]:
    """The places of its events in the log, from what is recalled to the reason why it ended."""
    kinds = [event["type"] if event["type"] != "step" else event["data"]["key"] for event in events]
    return list(range(kinds.index("llm-memory"), kinds.index("llm_stop") + 1))


def lines_of(log: Path) -> list[bytes]:
    return [line for line in log.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def killed_after(asked: Asked, count: int) -> list[dict]:
    """The events of a run that was killed as soon as its log held so many lines."""
    process = asked.program.start("runs", "resume", asked.run, "--json", "--quiet", *SETTINGS, **asked.environment)
    log, deadline = asked.folder / "events.jsonl", time.monotonic() + SECONDS
    while len(lines_of(log)) < count and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert asked.program.leftovers() == []
    return [json.loads(line) for line in lines_of(log)]


def tools_of(events: list[dict]) -> list[tuple]:
    return [(data["turn"], data["name"], data["arguments"], data["is_error"], data["changed"])
            for data in (event["data"] for event in events if event["type"] == "llm_tool")]


def turn_keys(events: list[dict]) -> list[str]:
    return [event["data"]["key"] for event in events if event["type"] == "step" and event["data"]["key"].startswith("llm:")]


# conformance 78: a turn whose tools have run is never asked for again
def test_a_run_that_is_killed_in_a_conversation_resumes_to_the_same_end(asked: Asked, undisturbed: Told):
    places = of_the_conversation(undisturbed.events)
    points = places if SOAK else [places[len(places) // 4], places[-4]]
    assert len(places) > 12, "a conversation of some length"
    for place in points:
        asked.restore(ENDPOINTS["chat"].format(url=asked.url))
        with asked.server("oracle") as server:
            before = killed_after(asked, place + 1)
            ended = asked.resume()
            told = Told(ended, server, check_chain(asked.folder / "events.jsonl"))
        assert server.violations == [] and asked.program.leftovers() == [], told.text
        check_same(told, undisturbed, before)


def check_same(told: Told, undisturbed: Told, before: list[dict]) -> None:
    where = f"killed after event {len(before)}: {told.text}"
    assert (told.ended.code, told.outcome, told.stopped) == (0, "adapted", "repaired"), where
    assert told.patch == undisturbed.patch, where
    assert told.ended.json["spend"]["turns"] == undisturbed.ended.json["spend"]["turns"], where
    assert tools_of(told.events) == tools_of(undisturbed.events), "each call is run and told once"
    keys = turn_keys(told.events)
    assert len(keys) == len(set(keys)) == len(turn_keys(undisturbed.events)) and keys[:len(turn_keys(before))] == turn_keys(before)

    sent = Counter(hashlib.sha256(exchange.body).hexdigest() for exchange in told.server.exchanges)
    assert all(sent[key.rsplit(":", 1)[1]] == 1 for key in turn_keys(before)), "what was answered is not asked again"
    lost = [entry for entry in told.settlements if entry["ended"] == "lost"]
    assert len(lost) <= 1 and len({entry["call"] for entry in told.settlements}) == len(told.settlements), where
    if lost:
        assert lost[0]["usage"]["estimated"] and lost[0]["waste"]
    # What was lost may have reached the server or not; all else is booked as it was billed.
    billed = [entry.usage for entry in told.server.ledger.entries]
    booked = [usage_of(entry) for entry in told.settlements if entry not in lost]
    assert len(billed) - len(booked) in (0, len(lost)) and not Counter(map(str, booked)) - Counter(map(str, billed)), where
    total = told.server.ledger.total()
    spend = told.ended.json["spend"]
    assert spend["input_tokens"] >= total.prompt and spend["input_tokens"] + spend["output_tokens"] >= total.prompt + total.output, where


def usage_of(settlement: dict) -> Usage:
    return Usage(**{name: settlement["usage"][name] for name in Usage.__dataclass_fields__})
