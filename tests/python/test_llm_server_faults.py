"""What the scripted LLM server does to answers on their way: each fault is seen as such by a client, and billed right."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import asdict

import pytest
from llm_client import Broken, Client, post
from llm_server import FakeServer, Rules, at, personas, random_plan
from llm_server import breakages as b
from llm_server import refusals as r
from llm_server.conversation import call, say
from llm_server.faults import Fault, at_turn

DIALECTS = ("chat", "responses", "messages", "gemini")
EACH = pytest.mark.parametrize("dialect", DIALECTS)


def two_calls(request):
    return say("Two at once.", call("find_nodes", code="$X"), call("read_source", symbol="Model"), thought="so")


def broken_by(fault: Fault, dialect: str, stream: bool = True) -> tuple[Broken, FakeServer]:
    with FakeServer(personas.make("thinker"), plan=at({0: fault})) as server:
        client = Client(server.url, dialect, stream)
        with pytest.raises(Broken) as caught:
            client.ask("x")
        assert server.violations == []
        server.ledger  # settled before it closes
        return caught.value, server


def mended_by_the_client(fault: Fault, dialect: str, persona=two_calls) -> tuple[list, FakeServer]:
    """The turn as it would have been, and as the fault left it."""
    with FakeServer(persona, plan=at({1: fault})) as server:
        clients = [Client(server.url, dialect), Client(server.url, dialect)]
        turns = [client.ask("x") for client in clients]
        assert server.violations == []
        assert server.exchanges[1].fault == fault.name
        return turns, server


@EACH
@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 520, 529])
def test_every_status_comes_in_every_kind_of_body_and_costs_nothing(dialect: str, code: int):
    for body, starts in [("json", b"{"), ("array", b"[{"), ("html", b"<html>"), ("text", b"upstream"), ("empty", b"")]:
        error, server = broken_by(r.status(code, body, retry_after="7", should_retry="false"), dialect)
        assert (error.status, server.ledger.entries) == (code, [])
        assert error.body.startswith(starts) and (error.headers["retry-after"], error.headers["x-should-retry"]) == ("7", "false")
        if body in ("json", "array"):
            value = json.loads(error.body)
            assert (value[0] if body == "array" else value)["error"]["message"] == f"scripted status {code}"


@EACH
def test_limits_carry_the_providers_headers_and_codes(dialect: str):
    waits = broken_by(r.rate_limited("12", "1500"), dialect)[0]
    assert (waits.status, waits.headers["retry-after"], waits.headers["retry-after-ms"]) == (429, "12", "1500")
    assert "retry-after" not in broken_by(r.rate_limited(""), dialect)[0].headers
    spent = broken_by(r.spend_limit(), dialect)[0]
    word = {"messages": "enforced_spend_limit_reached", "gemini": "QUOTA_EXCEEDED"}.get(dialect, "organization_spend_limit_exceeded")
    assert spent.status == 429 and word in spent.body.decode() and "retry-after" not in spent.headers
    assert b"contract_spend_limit_reached" in broken_by(r.spend_limit("contract_spend_limit_reached"), dialect)[0].body
    assert b"ramp_limit_exceeded" in broken_by(r.ramp_limit(), dialect)[0].body
    assert json.loads(broken_by(r.loading(), dialect)[0].body)["error"]["type"] == "unavailable_error"


@EACH
@pytest.mark.parametrize("wording", r.CONTEXT_WORDINGS)
def test_a_full_context_is_told_in_each_providers_words(dialect: str, wording: str):
    error, _ = broken_by(r.context_error(wording), dialect)
    text = error.body.decode().lower()
    assert error.status == 400 and any(word in text for word in (
        "maximum context length", "context size", "too long", "context limit", "maximum number of tokens", "maximum model length",
        "limit is", "configured limit")), text


@EACH
def test_a_context_that_is_full_is_refused_by_itself(dialect: str):
    with FakeServer(personas.make("thinker"), Rules(context_tokens=50)) as server:
        with pytest.raises(Broken) as caught:
            Client(server.url, dialect).ask("x")
        assert caught.value.status == 400 and b"50" in caught.value.body and server.violations == []


@EACH
@pytest.mark.parametrize("count", [0, 1, 40, 400, 900])
@pytest.mark.parametrize("ending", ["close", "reset", "close_delimited"])
def test_a_stream_may_be_cut_at_any_byte_and_what_was_spoken_is_billed(dialect: str, count: int, ending: str):
    error, server = broken_by(b.cut_after_bytes(count, ending), dialect)
    assert error.what != "refused" and len(error.body) <= count
    entry, = server.ledger.entries
    whole = personas.make("thinker")(server.exchanges[0].request)
    assert (entry.complete, entry.told) == (False, False) and 0 <= entry.usage.output <= sum(len(str(p)) for p in whole.parts)
    assert entry.usage.prompt > 0 and (count >= 400 or entry.usage.output <= 20)


@EACH
def test_a_whole_answer_is_cut_short_of_its_length(dialect: str):
    error, server = broken_by(b.cut_after_bytes(100), dialect, stream=False)
    assert error.what in ("IncompleteRead", "short") and len(error.body) == 100
    assert not server.ledger.entries[0].complete


@EACH
def test_a_reset_is_a_reset(dialect: str):
    error, server = broken_by(b.reset(3), dialect)
    assert error.what == "ConnectionResetError" and not server.ledger.entries[0].complete


@EACH
def test_a_stream_that_ends_without_its_end_is_none(dialect: str):
    error, server = broken_by(b.without_terminal(), dialect)
    assert (error.what, error.status, server.ledger.entries[0].told) == ("no terminal event", 200, False)
    assert server.ledger.entries[0].complete, "every byte that was meant to be sent was sent"
    if dialect in ("chat", "messages"):
        assert broken_by(b.without_done(), dialect)[0].what == "no terminal event"
    for count in (1, 4):
        error, server = broken_by(b.cut_after_events(count), dialect)
        assert error.status == 200 and not server.ledger.entries[0].complete


@EACH
def test_errors_come_inside_of_a_success(dialect: str):
    for fault in (b.error_event(2), r.error_in_200(stream=True)):
        assert broken_by(fault, dialect)[0].what == "error in stream"
    for fault in (r.error_in_200(), b.error_event()):
        error = broken_by(fault, dialect, stream=False)[0]
        assert error.status == 200 and json.loads(error.body)["error"]["message"] in ("the model process died", "Overloaded")
    assert "unreadable" in broken_by(r.garbage(), dialect, stream=False)[0].what


def test_a_response_fails_with_its_code():
    error, _ = broken_by(r.failed_response("rate_limit_exceeded", "Rate limit reached, try again in 1.2s."), "responses")
    assert error.what == "failed" and b"1.2s" in error.body


@EACH
@pytest.mark.parametrize("fault", [b.dribble(1), b.dribble(7), b.carriage_returns(), b.prologue(b"\xef\xbb\xbf"),
                                   b.prologue(b": hello\n\n"), b.unknown_events(), b.no_length(), b.decreasing_usage(), b.heartbeats(0.2, 0.02, 2), b.slow_head(0.2)],
                         ids=lambda fault: fault.name)
def test_what_is_odd_and_harmless_reads_the_same(dialect: str, fault: Fault):
    (plain, odd), server = mended_by_the_client(fault, dialect)
    assert (odd.text, [made[1:] for made in odd.calls], odd.stop) == (plain.text, [made[1:] for made in plain.calls], plain.stop)
    entry = server.ledger.entries[1]
    assert entry.complete and odd.usage == {name: value for name, value in asdict(entry.usage).items() if name in odd.usage}


@EACH
def test_usage_may_be_missing(dialect: str):
    (plain, odd), server = mended_by_the_client(b.no_usage(), dialect)
    assert (plain.told, odd.told) == (True, False) and odd.text == plain.text
    assert [entry.told for entry in server.ledger.entries] == [True, False]


def test_usage_decreases():
    with FakeServer(two_calls, plan=at({0: b.decreasing_usage()})) as server:
        client = Client(server.url, "chat")
        client.history = [{"role": "user", "content": "x"}]
        text = post(server.url + client.path(), client.body(), client.headers())[2].decode()
        totals = [json.loads(line[6:])["usage"]["total_tokens"] for line in text.splitlines()
                  if line.startswith("data: {") and json.loads(line[6:]).get("usage")]
        assert len(totals) == 2 and totals[0] == 3 * totals[1]


def test_the_finish_comes_twice():
    for dialect in ("chat", "messages", "responses"):
        (plain, odd), _ = mended_by_the_client(b.duplicate_finish(), dialect)
        assert (odd.text, odd.stop, odd.usage) == (plain.text, plain.stop, odd.usage)


@EACH
def test_deltas_are_doubled_and_shuffled(dialect: str):
    def long(request):
        return say("The quick brown fox jumps over the lazy dog, again and again, until it is tired of it at last.")

    for fault in (b.duplicate_deltas(), b.shuffled_deltas(3)):
        with FakeServer(long, plan=at({0: fault})) as server:
            client = Client(server.url, dialect)
            if dialect == "responses":  # says everything twice, so the client sees that they differ
                with pytest.raises(AssertionError):
                    client.ask("x")
                continue
            turn = client.ask("x")
            assert turn.text != long(None).text and sorted(set(turn.text)) == sorted(set(long(None).text))
            client.ask("go on")  # with the garbled turn in its history, which nobody can blame the client for
            assert server.violations == []


@pytest.mark.parametrize("fault, count", [(b.tools_without_index(), 0), (b.tools_all_index_zero(), 1)])
def test_calls_are_numbered_badly(fault: Fault, count: int):
    with FakeServer(two_calls, plan=at({0: fault})) as server:
        client = Client(server.url, "chat")
        client.history = [{"role": "user", "content": "x"}]
        text = post(server.url + client.path(), client.body(), client.headers())[2].decode()
        assert text.count('"tool_calls":[{"index":0') == (count and text.count('"tool_calls":[')) and '"index":1' not in text
        assert text.count('"name":') == 2


def test_ids_of_calls_are_missing_or_empty_and_arguments_are_objects():
    def streamed(fault: Fault) -> str:
        with FakeServer(two_calls, plan=at({0: fault})) as server:
            client = Client(server.url, "chat")
            client.history = [{"role": "user", "content": "x"}]
            return post(server.url + client.path(), client.body(), client.headers())[2].decode()

    assert streamed(b.tools_with_later_empty_ids()).count('"id":""') >= 4
    assert '"id":"call_' not in streamed(b.tools_without_ids()) and '"name":"find_nodes"' in streamed(b.tools_without_ids())
    text = streamed(b.tools_with_object_arguments())
    assert '"arguments":{"code":"$X"}' in text and '"arguments":{"symbol":"Model"}' in text and '"arguments":"' not in text


@EACH
def test_the_content_type_lies(dialect: str):
    with FakeServer(two_calls, plan=at({0: b.wrong_content_type()})) as server:
        client = Client(server.url, dialect)
        with pytest.raises(Broken):
            client.url = "http://127.0.0.1:9"
            client.ask("x")
        status, headers, _ = post(server.url + client.path(), client.body(), client.headers())
        assert (status, headers["content-type"]) == (200, "text/html")


def test_silence_lasts_until_the_client_leaves():
    with FakeServer(two_calls, plan=at({0: b.silence(60), 1: b.slow_head(60), 2: b.heartbeats(60, 0.05)})) as server:
        client = Client(server.url, "chat")
        client.history = [{"role": "user", "content": "x"}]
        start = time.monotonic()
        for _ in range(2):
            with pytest.raises(Broken):
                post(server.url + client.path(), client.body(), client.headers(), timeout=0.3)
        assert len(server.ledger.entries) == 2 and not any(entry.complete for entry in server.ledger.entries)
        assert time.monotonic() - start < 5, "the server noticed that its clients had left"


def test_a_server_that_closes_ends_its_silence():
    start = time.monotonic()
    with FakeServer(two_calls, plan=at({0: b.heartbeats(60, 0.05)})) as server:
        client = Client(server.url, "chat")
        client.history = [{"role": "user", "content": "x"}]
        threading.Timer(0.3, server.close).start()
        with pytest.raises(Broken) as caught:
            post(server.url + client.path(), client.body(), client.headers())
        assert set(caught.value.body.split()) == {b":"} and len(caught.value.body) >= 4
    assert time.monotonic() - start < 5


def test_a_redirect_leads_elsewhere():
    error, _ = broken_by(r.redirect("http://127.0.0.1:9/v1/chat/completions"), "chat")
    assert (error.status, error.headers["location"]) == (307, "http://127.0.0.1:9/v1/chat/completions")


def test_plans_go_by_number_by_turn_and_by_seed():
    with FakeServer(personas.make("thinker"), plan=at_turn({0: [r.rate_limited(), r.status(500)], 1: [r.status(529)]})) as server:
        client = Client(server.url, "chat")
        statuses = []
        for _ in range(3):
            try:
                turn = client.ask("x") if not client.history else client.turn()
                statuses.append(200)
            except Broken as error:
                statuses.append(error.status)
        with pytest.raises(Broken):
            client.answer(turn, ["ok"])
        client.turn()
        assert statuses == [429, 500, 200] and server.violations == []
        assert [exchange.status for exchange in server.exchanges] == [429, 500, 200, 529, 200]

    plans = [random_plan(5, 0.5, [r.status(500), b.reset(2)], most_in_row=2) for _ in range(2)]
    picks = [[(found := plan.pick(n, None)) and found.name for n in range(200)] for plan in plans]
    assert picks[0] == picks[1] and 60 < sum(name is not None for name in picks[0]) < 110
    assert all(None in picks[0][n:n + 3] for n in range(198)) and len(set(picks[0])) == 3
