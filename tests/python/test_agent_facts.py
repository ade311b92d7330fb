"""Pairs of models that share a line which can be repaired in one and not in the other: only a run tells which."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from agent_program import AGENT, WITHOUT_AGENT, Program, check_chain

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

MODEL = """
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 8)

    def forward(self, x, chosen):
{body}


def load_model():
    torch.manual_seed(0)
    return Model()


def load_inputs(seed=0):
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(16, 8, generator=g)
    return {{"x": x, "chosen": {chosen}}}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(tmp_path_factory.mktemp("agent"))


def adapt(program: Program, name: str, body: str, chosen: str) -> tuple[dict, list[str], list[dict]]:
    """The result, every pattern that was tried, and the events of a run."""
    text = MODEL.format(body="\n".join("        " + line for line in body.strip().splitlines()), chosen=chosen)
    ended = program("adapt", program.write(name + ".py", text), "--backend", "export", "--json", "--quiet")
    assert ended.code in (0, 1), ended.stdout + ended.stderr
    events = check_chain(program.data / "runs" / ended.json["run"] / "events.jsonl")
    tried = [e["data"]["description"].split()[1] for e in events
             if e["type"] == "attempt" and e["data"]["description"].startswith("pattern ")]
    return ended.json, tried, events


GUARDED_WRITE = "h = self.linear(x)\nif chosen.any():\n    h[chosen] = 0.0\nreturn h"


def test_a_guard_before_a_write_goes_where_the_run_shows_a_mask(program: Program):
    result, tried, events = adapt(program, "mask", GUARDED_WRITE, "torch.randn(16, generator=g) > 0")
    assert result["outcome"] == "adapted" and "control/write-without-asking" in tried
    assert any("facts:" in json.dumps(event["data"]) for event in events), "a run was asked"
    patch = (Path(result["out"]) / "patch.diff").read_text()
    assert "-        if chosen.any():" in patch


def test_the_same_lines_stay_where_the_run_shows_numbers_of_rows(program: Program):
    """Row 0 alone is no row at all for `any`: without the guard it would be written."""
    result, tried, _ = adapt(program, "rows", GUARDED_WRITE, "torch.randint(0, 16, (2,), generator=g)")
    assert "control/write-without-asking" not in tried
    assert all(repair["id"] != "control/write-without-asking" for repair in result["repairs"])


BRANCH = "h = self.linear(x)\nif x.sum() > 0:\n    h = {value}\nreturn torch.relu(h) + self.linear(x)"


def test_a_branch_becomes_a_select_where_both_sides_have_one_shape(program: Program):
    result, tried, _ = adapt(program, "branch", BRANCH.format(value="chosen"), "torch.randn(16, 8, generator=g)")
    assert result["outcome"] == "adapted" and "control/branch-to-select" in tried


def test_a_branch_stays_where_a_side_has_another_shape(program: Program):
    result, tried, _ = adapt(program, "shapes", BRANCH.format(value="chosen"), "torch.randn(8, generator=g)")
    assert result["outcome"] == "not_adapted" and "control/branch-to-select" not in tried


CONFIGURED = """
import torch
from torch import nn


class Config:
    def __init__(self):
        self.{key} = True

    def to_dict(self):
        return {{}}


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.config = Config()
        self.linear = nn.Linear(8, 8)

    def forward(self, x):
        h = self.linear(x)
        if getattr(self.config, "checked", False) and not bool(h.isfinite().all()):
            return h * 0
        return h


def load_model():
    torch.manual_seed(0)
    return Model()


def load_inputs(seed=0):
    return {{"x": torch.randn(4, 8, generator=torch.Generator().manual_seed(seed))}}
"""

PATTERN = """pattern own/unchecked r1
title   Leave the check out that asks tensors for values
status  trial
risk    guarded
assume  the values are finite
[when]
failure.class  data-dependent
needs          torch>={torch}
[carrier config]
set checked = False
"""


@pytest.fixture
def with_pattern(tmp_path: Path):
    def make(torch: str = "2.0") -> tuple[Program, str]:
        program = Program(tmp_path / "agent")
        folder = program.data / "patterns"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "unchecked.adapt").write_text(PATTERN.format(torch=torch))
        return program, "pattern own/unchecked"

    return make


def run_configured(program: Program, key: str) -> tuple[dict, list[dict]]:
    ended = program("adapt", program.write(f"{key}.py", CONFIGURED.format(key=key)), "--backend", "export", "--json",
                    "--quiet", "--set", "limits.attempts=6")
    assert ended.code in (0, 1), ended.stdout + ended.stderr
    events = check_chain(program.data / "runs" / ended.json["run"] / "events.jsonl")
    return ended.json, [e["data"] for e in events if e["type"] == "attempt"]


def test_a_configuration_carries_a_repair_into_override_and_test(with_pattern):
    program, name = with_pattern()
    result, _ = run_configured(program, "checked")
    assert result["outcome"] == "adapted", result
    assert [repair["id"] for repair in result["repairs"]] == ["own/unchecked"]
    assert "the values are finite" in result["concessions"]
    out = Path(result["out"])
    override = next(out.glob("*_override.py")).read_text()
    assert 'CONFIG = {"checked": False}' in override.replace("'", '"') and "def configure(model)" in override
    test = next((out / "tests").glob("test_*.py"))
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)], text=True,
                          capture_output=True, timeout=300, env=program.environment(), cwd=program.root)
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout[-3000:]


def test_a_value_that_the_configuration_lacks_is_no_repair(with_pattern):
    program, name = with_pattern()
    text = CONFIGURED.format(key="other").replace('getattr(self.config, "checked", False) and ', "")
    ended = program("adapt", program.write("other.py", text), "--backend", "export", "--json", "--quiet",
                    "--set", "limits.attempts=6")
    events = check_chain(program.data / "runs" / ended.json["run"] / "events.jsonl")
    failures = [e["data"]["failure"] for e in events if e["type"] == "attempt" and e["data"]["description"] == name]
    assert failures and all(f["class"] == "bad-config" and "'checked'" in f["message"] for f in failures)


def test_a_pattern_waits_for_the_versions_that_it_needs(with_pattern):
    program, name = with_pattern(torch="99")
    _, attempts = run_configured(program, "checked")
    assert attempts and all(attempt["description"] != name for attempt in attempts)


FUNCTIONAL = """pattern own/functional-write r1
title   A select in place of a write under a mask
status  trial
risk    exact
[when]
backend          export
stage            capture
failure.class    data-dependent
failure.message  guard
[vars]
X: name unaliased
[edit write]
- if $M.any():
-     $X[$M] = $V
+ $X = torch.where($M[:, None], $V, $X)
[carrier source]
[check rows]
input    x: f32[4, 2]; m: bool[4] some
compare  exact
--- code
import torch


def run(x, m):
    y = x * 2
    if m.any():
        y[m] = 0.0
    return y
"""


@pytest.mark.parametrize("rows, applies", [("h.view(-1) + 1", True), ("h.view(-1)", False)])
def test_a_write_becomes_a_new_value_only_where_nothing_else_sees_the_memory(tmp_path: Path, rows: str, applies: bool):
    program = Program(tmp_path / "agent")
    folder = program.data / "patterns"
    folder.mkdir(parents=True)
    (folder / "functional.adapt").write_text(FUNCTIONAL)
    body = f"h = self.linear(x)\nrows = {rows}\nif chosen.any():\n    h[chosen] = 0.0\nreturn rows.view(-1, 8) + h"
    result, tried, _ = adapt(program, "write", body, "torch.randn(16, generator=g) > 0")
    assert ("own/functional-write" in tried) is applies
    assert result["outcome"] == "adapted", result
    if applies:  # by the carrier of the pattern, a diff and nothing else
        out = Path(result["out"])
        assert "+        h = torch.where(chosen[:, None], 0.0, h)" in (out / "patch.diff").read_text()
        assert not list(out.glob("*_override.py")) and not (out / "tests").exists()
        assert "ships its repair as a diff" in (out / "report.md").read_text()
