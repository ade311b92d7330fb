"""`agent patterns test`: the whole library holds, and a check finds what is wrong with a pattern."""

import pytest

import agent_program
from agent_program import AGENT, Program

pytestmark = pytest.mark.skipif(not AGENT, reason=agent_program.WITHOUT_AGENT)

PATTERN = """pattern t/{name} r1
title   A pattern of a test
risk    exact
[edit e]
- torch.square($X)
+ {new}
[check squares]
input    x: f32[3, N] with nan; m: bool[3, N] some
size     N: 4, 0
{claim}
--- code
import torch


def run(x, m):
{body}
[sample keep one]
x = 1
"""
RIGHT, RETURNS, EXACT = "torch.pow($X, 2)", "    return torch.square(x)", "compare  exact"
# name: new code, body of `run`, claim, what the failed check says ("": it holds)
CASES = {
    "right": (RIGHT, RETURNS, EXACT, ""),
    "another-function": ("torch.abs($X)", RETURNS, EXACT, "element"),
    "loses-nan": ("torch.nan_to_num($X) ** 2", RETURNS, EXACT, "element"),
    "another-dtype": ("torch.pow($X.double(), 2)", RETURNS, EXACT, "float64"),
    "another-shape": ("torch.pow($X, 2)[None]", RETURNS, EXACT, "has shape"),
    "another-structure": ("list(torch.pow($X, 2))", RETURNS, EXACT, "the model returns"),
    "last-bit": ("torch.pow($X, 2) * (1 + 2e-7)", RETURNS, EXACT, "element"),
    "last-bit-allowed": ("torch.pow($X, 2) * (1 + 2e-7)", RETURNS, "compare  rtol=1e-6", ""),
    "too-far": ("torch.pow($X, 2) * 1.001", RETURNS, "compare  rtol=1e-4 atol=1e-6", "element"),
    "writes-into-its-argument": ("$X.copy_(torch.pow($X, 2))", RETURNS, EXACT, "inputs.x"),
    "raises-on-no-elements": ("torch.pow($X, 2) if $X.numel() else $X.max()", RETURNS, EXACT, "the new code raises"),
    "wrong-under-a-full-mask": ("torch.pow($X, 2) + (1.0 if m.all() else 0.0)", RETURNS, EXACT, "m bool[3, 4] all"),
    # An original that raises, where nothing says that it should, has proved nothing.
    "both-raise": (RIGHT, "    return torch.square(x)[99]", EXACT, "both versions raise IndexError"),
    "raise-as-said": (RIGHT, "    return torch.square(x)[99]", "raises  IndexError", ""),
    "raises-nothing": (RIGHT, RETURNS, "raises  ValueError", "and should raise ValueError"),
    "refuses-nothing": (RIGHT, RETURNS, "refuses  ValueError", "the new code returns, and should raise ValueError"),
    # A check that never gets to the changed line has proved nothing either.
    "never-there": (RIGHT, "    return x\n    return torch.square(x)", EXACT, "no line that the pattern changes"),
    "returns-nothing": (RIGHT, "    torch.square(x)", EXACT, "nothing that could be compared"),
    "not-changed": (RIGHT, "    return torch.sqrt(x)", EXACT, "the pattern does not change the code"),
    "ends-its-process": (RIGHT, "    import os\n    os._exit(3)\n    return torch.square(x)", EXACT, "exit"),
}


@pytest.fixture
def agent(tmp_path):
    return Program(tmp_path)


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """`patterns test` over all cases: by case, what its failed check says."""
    agent = Program(tmp_path_factory.mktemp("cases"))
    folder = agent.root / "library"
    folder.mkdir()
    for name, (new, body, claim, _) in CASES.items():
        (folder / f"{name}.adapt").write_text(PATTERN.format(name=name, new=new, body=body, claim=claim))
    ids = [f"t/{name}" for name in CASES]
    ended = agent("patterns", "test", *ids, "--json", "--set", f"patterns.folders={folder}")
    assert ended.code == 1 and ended.json["checks"] == len(CASES), ended.stdout + ended.stderr
    failures = [failure for failure in ended.json["failures"] if failure["kind"] == "check"]
    assert all(failure["name"] == "squares" and failure["line"] == 7 for failure in failures)
    return {failure["pattern"].removeprefix("t/"): failure["why"] for failure in failures}


@pytest.mark.parametrize("name", CASES)
def test_a_check_finds_what_is_wrong_and_nothing_else(tried, name):
    says = CASES[name][3]
    assert (says in tried[name] if says else name not in tried), tried.get(name)


def test_the_whole_library_holds(agent):
    ended = agent("patterns", "test", "--json")
    assert ended.code == 0, ended.stdout + ended.stderr
    assert ended.json["failures"] == [] and ended.json["checks_not_run"] == 0
    assert ended.json["checks"] >= ended.json["patterns"] * 0.9 and ended.json["samples"] >= 4 * ended.json["patterns"]
    assert agent.leftovers() == []


def test_without_python_no_check_counts_as_passed(agent):
    ended = agent("patterns", "test", "scan/count-of-a-mask", "--json", ADAPT_PYTHON="/nowhere/python")
    assert ended.code == 3 and ended.json["checks"] == 0 and ended.json["checks_not_run"] == 1
    assert "python" in ended.json["not_run_because"].lower()
    said = agent("patterns", "test", "scan/count-of-a-mask", ADAPT_PYTHON="/nowhere/python")
    assert said.code == 3 and "0 checks, 0 failed, 1 checks not run" in said.stdout


def test_an_unknown_pattern_is_a_usage_error(agent):
    ended = agent("patterns", "test", "scan/count-of-a-mark")
    assert ended.code == 2 and "did you mean 'scan/count-of-a-mask'" in ended.stderr
