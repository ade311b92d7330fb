"""A language model repairs what options and patterns have left: the real program and a real backend, and the scripted
server in the place of the service."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from agent_program import AGENT, SOAK, WITHOUT_AGENT, WITHOUT_SOAK, Program, model_text
from llm_runs import CASE, DIALECTS, ENDPOINTS, Asked, Told
from llm_server import FakeServer, Rules, personas
from llm_server.conversation import Call, Request, say
from llm_server.personas.repair import Case, repair_between
from llm_server.personas.workers import Worker

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)
soak = pytest.mark.skipif(not SOAK, reason=WITHOUT_SOAK)

KEY = "sk-test-0123456789abcdefghijklmnop"
KEYS = {name: KEY for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "LLM_API_KEY")}


@pytest.fixture(scope="module")
def repaired(asked: Asked, tmp_path_factory: pytest.TempPathFactory) -> tuple[Told, Path]:
    """A run that was repaired, and its data folder, kept aside."""
    told = asked.converse("oracle", dialect="chat", rules=Rules(api_key=KEY), **KEYS)
    assert told.outcome == "adapted", told.text
    kept = tmp_path_factory.mktemp("repaired") / "data"
    shutil.copytree(asked.program.data, kept, symlinks=True)
    return told, kept


def check_repaired(told: Told) -> None:
    result = told.ended.json
    assert (told.ended.code, result["outcome"], told.stopped) == (0, "adapted", "repaired"), told.text
    assert [repair["kind"] for repair in result["repairs"]] == ["llm"], told.text
    assert "+        return torch.where(x.sum() > 0, torch.tanh(y), torch.sin(y))" in told.patch


def check_spend(told: Told) -> None:
    """To the token, in every bucket."""
    billed, spend = told.server.ledger.total(), told.ended.json["spend"]
    assert told.settled == billed
    assert (spend["input_tokens"], spend["cached_tokens"], spend["output_tokens"], spend["estimated"]) == (
        billed.prompt, billed.cache_read, billed.output, False)
    assert spend["llm_calls"] == len(told.server.exchanges) and spend["turns"] == len(told.turns)


@pytest.mark.parametrize("tools, dialect", [
    pytest.param(tools, dialect, marks=[] if tools == "native" or dialect == "gemini" else soak)
    for tools in ("native", "text") for dialect in DIALECTS if (tools, dialect) != ("native", "chat")])
def test_the_oracle_repairs_through_every_dialect(asked: Asked, tools: str, dialect: str):
    told = asked.converse("oracle", "--set", f"llm.tools={tools}", dialect=dialect, rules=Rules(api_key=KEY), **KEYS)
    check_repaired(told)
    check_spend(told)
    assert all(exchange.request.stream for exchange in told.server.exchanges)
    assert all(bool(exchange.request.tools) == (tools == "native") for exchange in told.server.exchanges)


def test_the_oracle_repairs_through_chat_completions_and_the_key_is_nowhere(repaired: tuple[Told, Path]):
    told, data = repaired
    check_repaired(told)
    check_spend(told)
    files = [path for path in data.rglob("*") if path.is_file() and not path.is_symlink()]
    assert (data / "runs" / told.ended.json["run"] / "llm" / "tape.jsonl") in files
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
    assert KEY not in told.ended.stdout + told.ended.stderr


@soak
def test_where_the_server_does_not_say_what_it_used_the_estimate_is_no_less(asked: Asked):
    told = asked.converse("oracle", dialect="plain")
    check_repaired(told)
    billed, spend = told.server.ledger.total(), told.ended.json["spend"]
    assert spend["estimated"] and spend["input_tokens"] >= billed.prompt and spend["output_tokens"] >= billed.output, spend


def test_the_conversation_can_be_read_turn_by_turn(asked: Asked, repaired: tuple[Told, Path]):
    told, data = repaired
    put_back(asked, data)
    shown = asked.program("runs", "show", asked.run, "--llm")
    assert shown.code == 0, shown.stderr
    for number, turn in enumerate(told.turns, 1):
        assert f"\nanswer {number}: " in shown.stdout, shown.stdout
        for part in turn["result"]["turn"]["parts"]:
            if "name" in part:
                assert f"    -> {part['name']}\n" in shown.stdout and f"    <- {part['name']}" in shown.stdout
    called = [call.name for exchange in told.server.exchanges for call in exchange.reply.calls]
    assert shown.stdout.count("    -> ") == shown.stdout.count("    <- ") == len(called) == len(told.of("llm_tool"))
    billed = told.server.ledger.total()
    assert f"{len(told.turns)} answers, {billed.prompt} tokens in ({billed.cache_read} cached), {billed.output} out" in shown.stdout
    rows = [json.loads(line) for line in asked.program("runs", "show", asked.run, "--llm", "--json").stdout.splitlines()]
    logged = [event for event in told.events if event["type"].startswith("llm") or event["data"].get("key", "").startswith("llm:")]
    assert [row["data"] for row in rows] == [event["data"] for event in logged]


def put_back(asked: Asked, data: Path) -> None:
    shutil.rmtree(asked.program.data)
    shutil.copytree(data, asked.program.data, symlinks=True)


RECORDED = "recorded-before"


@pytest.fixture
def recorded(asked: Asked, repaired: tuple[Told, Path]) -> Path:
    """Before the first request of a run that is to be answered by the recording of another; the folder of that other."""
    told, data = repaired
    asked.restore(f"replay:{RECORDED}")
    folder = asked.program.data / "runs" / RECORDED
    shutil.copytree(data / "runs" / asked.run, folder, symlinks=True)
    return folder


# conformance 88
def test_a_recording_answers_as_the_server_did_without_a_network(asked: Asked, recorded: Path, repaired: tuple[Told, Path]):
    told = replayed(asked)
    check_repaired(told)
    assert told.patch == (recorded / "out" / "patch.diff").read_text()
    assert told.settled == repaired[0].settled
    # A turn's key holds the hash of the request's bytes.
    assert [turn["key"] for turn in told.turns] == [turn["key"] for turn in repaired[0].turns]
    if not OFFLINE:
        pytest.skip("a recording answered; that there was no network is not shown: no right to a namespace without one")


def offline() -> tuple[str, ...]:
    """A command that runs another where there is no network at all, or nothing where that is not allowed."""
    command = ("unshare", "--net", *(["--map-root-user"] if os.geteuid() else []))
    works = shutil.which(command[0]) and subprocess.run([*command, "true"], capture_output=True).returncode == 0
    return command if works else ()


OFFLINE = offline()


def replayed(asked: Asked, *settings: str) -> Told:
    """With no server anywhere, and no key."""
    from agent_program import check_chain

    ended = asked.resume(*settings, before=OFFLINE, OPENAI_API_KEY="")
    return Told(ended, FakeServer(personas.make("nop")), check_chain(asked.folder / "events.jsonl"))


def check_missing(told: Told, *differences: str) -> None:
    assert (told.ended.code, told.outcome, told.stopped) == (4, "not_adapted", "not_in_recording"), told.ended.stdout
    for difference in differences:
        assert difference in told.ended.json["reason"], told.ended.json["reason"]


def test_a_prompt_that_differs_from_the_recorded_one_is_not_in_the_recording(asked: Asked, recorded: Path):
    tape = recorded / "llm" / "tape.jsonl"
    lines = [json.loads(line) for line in tape.read_text().splitlines()]
    first = next(line for line in lines if "request" in line)
    system = first["request"]["body"]["messages"][0]
    system["content"] = system["content"].replace("You repair PyTorch models", "You mend PyTorch models")
    first["key"] = "0" * 64  # whatever it is: not that of the request that will be made
    tape.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines))
    check_missing(replayed(asked), "messages[0].content", "You mend PyTorch", "You repair PyTorch")


@soak
def test_a_setting_that_changes_the_request_is_not_in_the_recording(asked: Asked, recorded: Path):
    check_missing(replayed(asked, "--set", "llm.output_tokens=4k"), "max_completion_tokens", "8000", "4000")


@soak
def test_a_source_that_differs_from_the_recorded_one_is_not_in_the_recording(asked: Asked, recorded: Path):
    asked.model.write_text(asked.text.replace("torch.tanh(y)", "torch.tanh(y) * 2"))
    try:
        ended = asked.program(*asked.adapt(f"replay:{RECORDED}"))
        assert (ended.code, ended.json["spend"]["stopped"]) == (4, "not_in_recording"), ended.stdout + ended.stderr
        assert "messages[1].content" in ended.json["reason"] and "torch.tanh(y) * 2" in ended.json["reason"], ended.json["reason"]
    finally:
        asked.model.write_text(asked.text)


def test_a_budget_ends_the_conversation_before_it_is_exceeded_and_more_of_it_goes_on(asked: Asked, repaired: tuple[Told, Path]):
    first, second = (turn["result"]["settlement"]["usage"] for turn in repaired[0].turns[:2])
    spent = sum(usage[name] for usage in (first, second) for name in ("fresh", "cache_read", "output"))
    cap = spent + 8000  # the third request has more than no tokens, and may be answered with 8000
    told = asked.converse("oracle", "--max-tokens", str(cap), dialect="chat")
    assert (told.ended.code, told.outcome, told.stopped) == (5, "not_adapted", "out_of_budget"), told.text
    assert len(told.server.exchanges) == 2
    assert told.server.ledger.total().prompt + told.server.ledger.total().output <= cap
    assert told.settled == told.server.ledger.total()

    more = asked.go_on("oracle", "--max-tokens", "100k")
    check_repaired(more)
    assert len(more.server.exchanges) == 1, "what was answered is not asked again"
    assert more.settled == told.server.ledger.total() + more.server.ledger.total()


def test_what_cannot_be_asked_is_refused_before_a_run_begins(tmp_path: Path):
    program = Program(tmp_path)
    model = program.write("model.py", CASE.before)
    for endpoint, code, says in [
        ("antropic:some-model", 2, "did you mean 'anthropic'"),
        ("openai", 2, "is no endpoint"),
        ("ftp://127.0.0.1/v1#some-model", 2, "an address begins with http:// or https://"),
        ("openai:", 2, "names no model"),
        ("http://127.0.0.1:9/v1", 2, "names no model"),
        ("vllm:some-model", 2, "has no address of its own"),
        ("replay:no-such-run", 2, "unknown run 'no-such-run'"),
        ("anthropic:some-model", 3, "set the environment variable ANTHROPIC_API_KEY"),
    ]:
        ended = program("adapt", model, "--backend", "export", "--quiet", "--llm", endpoint, ANTHROPIC_API_KEY="")
        assert ended.code == code and says in ended.said, (endpoint, ended.stderr)
    own = program("adapt", model, "--backend", "export", "--quiet", "--llm", "anthropic:m", "--set", "llm.key_variable=MY_OWN_KEY")
    assert own.code == 3 and "set the environment variable MY_OWN_KEY" in own.said, own.stderr
    unpriced = program("adapt", model, "--backend", "export", "--llm", "openai@http://127.0.0.1:9/v1#no-such-model", "--max-usd", "1")
    assert unpriced.code == 2 and "nobody has said what no-such-model costs, so --max-usd cannot be kept" in unpriced.said, unpriced.stderr
    recorded = program("adapt", model, "--backend", "export", "--llm", "openai:some-model", "--set", "llm.record=true",
                       CI="1", OPENAI_API_KEY="a-key-of-no-account")
    assert recorded.code == 2 and "nothing is recorded where the variable CI is set" in recorded.said, recorded.stderr
    assert program("runs", "list", "--json").stdout == "", "no run was begun"


def echoing(request: Request):
    """Does what the check asks for."""
    if not request.tools:
        return say("ready")
    if request.answered():
        return say("parrot")
    return say("", Call("echo", '{"word": "parrot"}'))


def talking(request: Request):
    return say("I would rather talk about it.")


def check(program: Program, url: str, **environment: str):
    return program("llm", "check", "--json", "--llm", ENDPOINTS["chat"].format(url=url), **environment)


def test_the_check_tells_what_an_endpoint_can_do(tmp_path: Path):
    program = Program(tmp_path)
    with FakeServer(echoing, Rules(api_key=KEY)) as server:
        good = check(program, server.url, OPENAI_API_KEY=KEY)
        assert server.violations == [] and good.code == 0, good.stdout + good.stderr
        found = {row["what"]: row["found"] for row in good.json["findings"]}
        assert good.json["usable"] and found == {"price": "no", "answers": "yes", "streaming": "yes", "usage": "yes",
                                                 "tools": "yes", "results of tools": "yes", "caching": "yes"}
        billed = server.ledger.total()
        assert (good.json["input_tokens"], good.json["output_tokens"]) == (billed.prompt, billed.output)
        wrong = check(program, server.url, OPENAI_API_KEY="sk-another-0123456789abcdef")
        assert wrong.code == 4 and not wrong.json["usable"] and "the key is not known" in wrong.stdout, wrong.stdout
        assert "sk-another" not in wrong.stdout + wrong.stderr
    with FakeServer(talking) as server:
        mute = check(program, server.url)
        found = {row["what"]: row["found"] for row in mute.json["findings"]}
        assert mute.code == 4 and found["answers"] == "yes" and found["tools"] == "no", mute.stdout
    closed = check(program, server.url)
    assert closed.code == 4 and not closed.json["usable"], closed.stdout + closed.stderr
    assert program.leftovers() == []


WRONG = Case(CASE.before, CASE.after.replace("torch.where(x.sum() > 0,", "torch.where(torch.tensor(float(x.sum()) > 0),"), "model")


def test_what_failed_is_told_to_a_later_run(asked: Asked):
    first = asked.converse(Worker("model", repair_between(WRONG.before, WRONG.after)))
    assert (first.outcome, first.stopped) == ("not_adapted", "gave_up"), first.text
    remembered = (asked.program.data / "llm" / "attempts.jsonl").read_bytes()
    opening = [message.text for message in first.server.exchanges[0].request.messages][0]
    assert "rewrite model:Model.forward" not in opening
    asked.restore(ENDPOINTS["chat"].format(url=asked.url))
    (asked.program.data / "llm").mkdir(exist_ok=True)
    (asked.program.data / "llm" / "attempts.jsonl").write_bytes(remembered)
    later = asked.go_on("nop")
    opening = later.server.exchanges[0].request.messages[0].text
    memory = opening.split("## What failed in earlier runs")[1].split("\n## ")[0]
    assert "- rewrite model:Model.forward: capture: data-dependent" in memory and "<data source=memory" in memory, memory


# Another model with the same blocker: other names, other layers, other activations around it.
SIBLING = model_text("""h = torch.relu(self.linear(x)) + x
match int(h.sum() > 0):
    case 0:
        return torch.sin(h)
    case _:
        return torch.tanh(h)""")


def test_what_a_language_model_repaired_is_learned_and_the_next_model_needs_none(asked: Asked):
    told = asked.converse("oracle", "--set", "llm.learn=true")
    check_repaired(told)
    learned = [path.stem for path in (asked.program.data / "patterns").rglob("*.adapt")]
    assert len(learned) == 1, learned
    sibling = asked.program("adapt", asked.program.write("sibling.py", SIBLING), "--backend", "export", "--json", "--quiet")
    assert sibling.code == 0 and sibling.json["outcome"] == "adapted", sibling.stdout[-3000:] + sibling.stderr[-1000:]
    assert [(repair["kind"], repair["id"]) for repair in sibling.json["repairs"]] == [("pattern", f"learned/{learned[0]}")]
    assert sibling.json["spend"]["llm"] is None and sibling.json["spend"]["llm_calls"] == 0

