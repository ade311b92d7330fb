"""Pairs of models that share a line which can be repaired in one and not in the other: only a run tells which."""

from __future__ import annotations

import json
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
