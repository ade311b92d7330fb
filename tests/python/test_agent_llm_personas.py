"""Whoever answers, and however broken the answers arrive: a run ends in a typed state, within its limits, and books no
less than the server bills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from agent_program import AGENT, SOAK, WITHOUT_AGENT, WITHOUT_SOAK
from llm_runs import CASE, Asked, Told, trick_lines
from llm_server import breakages, refusals
from llm_server.faults import Fault, at_turn
from llm_server.personas import cheats

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)
soak = pytest.mark.skipif(not SOAK, reason=WITHOUT_SOAK)


@dataclass(frozen=True)
class Expected:
    persona: str
    stopped: str
    answers: int
    dialect: str
    why: str


EXPECTED = [
    Expected("nop", "no_calls", 4, "responses", "four answers in a row without a call"),
    Expected("verbose", "repeats", 7, "messages", "looks at the failure for the fourth time, at nothing new"),
    Expected("stubborn", "repeats", 4, "gemini", "the same call four times"),
    Expected("flaky", "repeats", 7, "chat", "two calls by turns: the first of them for the fourth time"),
    Expected("malformed", "no_calls", 4, "chat", "four answers in a row whose calls no tool takes"),
    Expected("overlong", "no_calls", 4, "responses", "four answers in a row that the cap cut, also after it was raised"),
    Expected("giver_up", "gave_up", 1, "messages", "says that it cannot be done"),
    Expected("injector", "no_calls", 4, "messages", "four answers in a row that ask for what there is not"),
    Expected("refuser", "refused", 1, "gemini", "the service's policy"),
    Expected("parrot", "no_calls", 4, "chat", "its own words come back: no call is in them"),
]
IN_EVERY_TEST = ("nop", "stubborn", "malformed", "overlong", "giver_up")  # the injector: test_agent_llm_injection.py


def check_books(told: Told) -> None:
    """Nothing that is billed is missing, and the limits hold."""
    billed, spend = told.server.ledger.total(), told.ended.json["spend"]
    assert spend["input_tokens"] >= billed.prompt and spend["output_tokens"] >= billed.output, (spend, billed)
    assert spend["input_tokens"] + spend["output_tokens"] <= 400_000 and spend["turns"] <= 60
    if all(entry.told for entry in told.server.ledger.entries) and not spend["estimated"]:
        assert told.settled == billed


@pytest.mark.parametrize("case", [
    pytest.param(case, id=case.persona, marks=[] if case.persona in IN_EVERY_TEST else soak) for case in EXPECTED])
def test_who_never_repairs_ends_in_a_state_with_a_name(case: Expected, asked: Asked):
    told = asked.converse(case.persona, dialect=case.dialect)
    assert (told.ended.code, told.outcome, told.stopped) == (1, "not_adapted", case.stopped), (case.why, told.text)
    assert told.ended.json["spend"]["turns"] == case.answers == len(told.turns), case.why
    assert f"the language model stopped with {case.stopped}: " in told.ended.json["reason"]
    assert told.patch == ""
    check_books(told)


CHEATS_IN_EVERY_TEST = ("scaled_output", "claims_only")


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=[] if name in CHEATS_IN_EVERY_TEST else soak) for name in cheats.CHEATS if name != "early_exit"])
def test_no_cheater_gets_its_trick_accepted(name: str, asked: Asked):
    """A cheater's text holds the true repair as well. Where minimising takes the trick away, what is left is that repair,
    and may be accepted. (No loop of this model could be left early; tests/soak/llm_cheaters.py plays that one.)"""
    told = asked.converse(f"cheater-{name}")
    assert set(told.added) & trick_lines(name, CASE) == set(), told.patch
    if told.outcome == "adapted":
        assert told.added == ["        return torch.where(x.sum() > 0, torch.tanh(y), torch.sin(y))"] and told.stopped == "repaired"
    else:
        assert (told.ended.code, told.outcome, told.patch) == (1, "not_adapted", ""), told.text
        assert told.stopped in ("no_calls", "no_progress", "repeats"), told.text
    check_books(told)


@dataclass(frozen=True)
class Spoilt:
    name: str
    faults: dict[int, Sequence[Fault]]  # by how many answers the conversation has when it is asked
    dialect: str = "chat"
    stopped: str = "repaired"
    code: int = 0
    in_every_test: bool = False


SPOILT = [
    Spoilt("all-at-once", {0: [refusals.rate_limited("0"), breakages.cut_after_bytes(200)], 1: [refusals.status(500), breakages.no_usage()],
                           2: [breakages.without_terminal(), refusals.status(529), breakages.no_usage()]}, "messages", in_every_test=True),
    Spoilt("limits-and-failures", {0: [refusals.rate_limited("0"), refusals.status(503, "html")], 1: [refusals.status(500, "text")],
                                   2: [refusals.status(529)]}),
    Spoilt("cut-streams", {0: [breakages.cut_after_bytes(200)], 1: [breakages.reset(3)], 2: [breakages.without_terminal()]}, "messages"),
    Spoilt("errors-within-streams", {0: [breakages.error_event(2)], 1: [refusals.error_in_200(stream=True)], 2: [refusals.garbage()]},
           "responses"),
    Spoilt("harmless-oddities", {0: [breakages.dribble()], 1: [breakages.carriage_returns()], 2: [breakages.unknown_events()]}, "gemini"),
    Spoilt("no-usage", {n: [breakages.no_usage()] for n in range(4)}, "chat"),
    Spoilt("usage-that-shrinks", {n: [breakages.decreasing_usage()] for n in range(4)}, "gemini"),
    Spoilt("doubled-ends", {n: [breakages.duplicate_finish()] for n in range(4)}, "messages"),
    Spoilt("calls-without-index", {n: [breakages.tools_without_index()] for n in range(4)}),
    Spoilt("calls-without-ids", {n: [breakages.tools_without_ids()] for n in range(4)}),
    Spoilt("arguments-as-objects", {n: [breakages.tools_with_object_arguments()] for n in range(4)}),
    Spoilt("no-money", {1: [refusals.spend_limit()]}, stopped="service_failed", code=4),
    Spoilt("no-such-account", {1: [refusals.status(401), refusals.status(401)]}, stopped="service_failed", code=4),
    Spoilt("the-same-failure-twice", {1: [refusals.status(500)] * 2}, stopped="service_failed", code=4, in_every_test=True),
]


@pytest.mark.parametrize("case", [
    pytest.param(case, id=case.name, marks=[] if case.in_every_test else soak) for case in SPOILT])
def test_what_goes_wrong_on_the_wire_is_overcome_or_named(case: Spoilt, asked: Asked):
    told = asked.converse("oracle", dialect=case.dialect, plan=at_turn(case.faults))
    assert (told.ended.code, told.stopped) == (case.code, case.stopped), told.text
    assert told.outcome == ("adapted" if case.code == 0 else "not_adapted")
    planned = [fault.name for turn in sorted(case.faults) for fault in case.faults[turn]]
    met = [exchange.fault for exchange in told.server.exchanges if exchange.fault]
    assert met and met == planned[:len(met)]
    check_books(told)


@soak
@pytest.mark.parametrize("fault", [breakages.shuffled_deltas(), breakages.duplicate_deltas()], ids=lambda fault: fault.name)
def test_fragments_out_of_order_never_pass_for_an_answer_of_sense(fault: Fault, asked: Asked):
    """Chat completions do not number their fragments, so what arrives makes no sense and has to be taken for that."""
    told = asked.converse("oracle", dialect="chat", plan=at_turn({0: [fault], 1: [fault]}))
    assert told.stopped in ("repaired", "gave_up", "no_calls", "repeats"), told.text
    check_books(told)


WORDINGS = sorted(refusals.CONTEXT_WORDINGS)
AT_ONCE = 4  # a conversation may be begun anew so often


@pytest.mark.parametrize("first", range(0, len(WORDINGS), AT_ONCE))
def test_a_full_context_in_any_words_begins_the_conversation_anew(first: int, asked: Asked):
    """With the draft as it stood: the rewrite that was made before the second refusal is still there."""
    wordings = WORDINGS[first:first + AT_ONCE]
    if first and not SOAK:
        pytest.skip(WITHOUT_SOAK)
    told = asked.converse("oracle", plan=at_turn({1: [refusals.context_error(name) for name in wordings]}))
    assert (told.stopped, told.outcome) == ("repaired", "adapted"), told.text
    begun = told.of("llm_compacted")
    assert len(begun) == len(wordings) and all(entry["tokens_after"] < entry["tokens_before"] for entry in begun), begun
    assert told.settled == told.server.ledger.total()


def test_a_context_that_stays_full_is_named(asked: Asked):
    told = asked.converse("oracle", plan=at_turn({0: [refusals.context_error("openai")] * 3}))
    assert (told.ended.code, told.stopped) == (1, "context_full"), told.text
