"""Models against what tt-mlir takes, through the whole program. Needs the environment with torch_xla (`make env-xla`)."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from agent_program import AGENT, WITHOUT_AGENT, Ended, Program

MAKE_ENV = Path(__file__).resolve().parents[2] / "harness" / "envs" / "make_env.sh"


def xla_python() -> str | None:
    """The interpreter with torch_xla, where it has been made: making it takes gigabytes, and is nobody's wish in a test."""
    named = os.environ.get("ADAPT_XLA_PYTHON")
    found = named or subprocess.run([MAKE_ENV, "--where", "xla"], capture_output=True, text=True).stdout.strip() + "/bin/python"
    return found if os.access(found, os.X_OK) else None


pytestmark = [
    pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT),
    pytest.mark.skipif(xla_python() is None, reason="the environment with torch_xla is not there; make env-xla makes it"),
]

MODEL = """import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(16, 16)
        self.outer = nn.Linear(16, 8)

    def forward(self, x):
        hidden = torch.tanh(self.inner(x))
        hidden = {step}
        return self.outer(hidden)


def load_model():
    torch.manual_seed(0)
    return Model().eval()


def load_inputs(seed=0):
    return {{"x": torch.randn(4, 16, generator=torch.Generator().manual_seed(seed))}}
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def adapt(program: Program, step: str, backend: str) -> Ended:
    model = program.write("model.py", MODEL.format(step=step))
    return program("adapt", str(model), "--backend", backend, "--json", "--quiet", ADAPT_XLA_PYTHON=xla_python() or "")


def test_a_model_that_xla_runs_works_there(program: Program):
    ended = adapt(program, "hidden * 2", "xla")
    assert (ended.code, ended.json["outcome"], ended.json["level"]) == (0, "works", "L5"), ended.stdout + ended.stderr


def test_a_model_that_the_compiler_would_take_is_claimed_no_further_than_it_was_read(program: Program):
    ended = adapt(program, "hidden * 2", "tt-static")
    assert (ended.code, ended.json["outcome"], ended.json["level"]) == (0, "works", "L2"), ended.stdout + ended.stderr
    assert "read against the compiler's table, never compiled for a Tenstorrent device" in ended.json["concessions"]


# What the compiler refuses, how it is told, and the repair that makes it go.
REFUSED = {
    "rounding to even": ("torch.round(hidden * 8) / 8", "legalize-failed", "stablehlo.round_nearest_even",
                         "special/round-to-even-by-parts"),
    "a shift of signed integers": ("hidden + torch.bitwise_right_shift((hidden * 64).to(torch.int32), 2)", "legalize-failed",
                                   "stablehlo.shift_right_arithmetic", "special/shift-right-as-floor-division"),
    "a running maximum": ("torch.cummax(hidden, dim=-1).values", "legalize-failed", "stablehlo.reduce_window",
                          "scan/scan-by-doubling"),
    "a size that follows from values": ("hidden * hidden[hidden > 0].sum()", "data-dependent", "aten.index.Tensor",
                                        "index/reduce-under-mask"),
    "a count of values": ("hidden + torch.bincount((hidden.flatten() > 0).long(), minlength=2).sum()", "data-dependent",
                          "aten.bincount.default", "index/bincount-of-known-length"),
    "a Fourier transform": ("torch.fft.fft2(hidden).real", "unsupported-op", "aten._fft_c2c", "special/real-part-of-fourier"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_illegal_operation_is_traced_to_its_line_and_repaired(program: Program, name: str):
    step, failure_class, op, repair = REFUSED[name]
    ended = adapt(program, step, "tt-static")
    assert (ended.code, ended.json["outcome"], ended.json["level"]) == (0, "adapted", "L2"), ended.stdout + ended.stderr
    failure = ended.json["failure"]
    assert (failure["stage"], failure["class"], failure["op"]) == ("lower", failure_class, op)
    assert (failure["file"], failure["line"], failure["function"]) == ("model.py", 13, "forward")
    assert [repair["id"] for repair in ended.json["repairs"]] == [repair]


def test_a_report_says_what_is_kept_whole_and_what_memory_it_takes(program: Program):
    ended = adapt(program, "torch.nn.functional.gelu(hidden)", "tt-static")
    told = ended.json["placement"]
    assert "kept whole: tenstorrent.gelu (1)" in told, told
    assert told[-1].startswith("memory, at least: ") and "of DRAM of n150" in told[-1]


# torch_xla answers without an error, and wrongly: a shift by an operator divides towards zero, a sum of all sums nothing.
@pytest.mark.parametrize(
    ("step", "repair"),
    [
        ("hidden + ((hidden * 64).to(torch.int32) >> 2)", "special/shift-right-as-floor-division"),
        ("hidden / (1 + hidden.abs().sum())", "shape/sum-over-named-dimensions"),
    ],
)
def test_what_torch_xla_computes_wrongly_is_seen_and_repaired(program: Program, step: str, repair: str):
    ended = adapt(program, step, "xla")
    assert (ended.code, ended.json["outcome"], ended.json["level"]) == (0, "adapted", "L5"), ended.stdout + ended.stderr
    assert (ended.json["failure"]["class"], [one["id"] for one in ended.json["repairs"]]) == ("output-mismatch", [repair])


def test_what_no_repair_removes_is_told_with_its_line(program: Program):
    ended = adapt(program, "torch.special.entr(torch.nextafter(hidden.abs(), hidden))", "tt-static")
    assert (ended.code, ended.json["outcome"]) == (1, "not_adapted"), ended.stdout + ended.stderr
    assert ended.json["failure"]["stage"] == "lower" and ended.json["failure"]["line"] == 13, json.dumps(ended.json["failure"])
