"""Tables of options as the harness reads them, and the ladders that are made of them."""

from __future__ import annotations

import pytest
from adapt_harness import backends, option_table
from adapt_harness.backends.base import snippet

TT = ("tt", "tt-legacy")


@pytest.mark.parametrize("backend", TT)
def test_rungs_that_cost_nothing_come_before_those_that_do(backend: str):
    costs = [bool(rung.concession or rung.cap) for rung in option_table.ladder(backend)]
    assert costs == sorted(costs) and True in costs and False in costs


def test_a_rung_takes_its_costs_from_the_table():
    rungs = {rung.id: rung for rung in option_table.ladder("tt")}
    weights = rungs["weights-bfp8"]
    assert (weights.scope, weights.set) == ("compile", {"custom.experimental_weight_dtype": "bfp_bf8"})
    assert weights.concession == "weights of matrix products in a block format of reduced precision"
    assert rungs["optimization-level-1"].concession is None


@pytest.mark.parametrize(
    ("backend", "settings", "said"),
    [
        ("tt", {"custom.optimization_level": 3}, "option 'optimization_level' cannot be 3"),
        ("tt", {"custom.optimization_levl": 1}, "backend 'tt' has no setting 'custom.optimization_levl' of compile"),
        ("tt", {"custom.enable_trace": "maybe"}, "option 'enable_trace' cannot be 'maybe'"),
        ("tt-legacy", {"config.compile_depth": "DEEP"}, "option 'compile_depth' cannot be 'DEEP'"),
        ("tt-legacy", {"config.device_map": {}}, "option 'device_map' cannot be {}"),
        ("tt", {"custom.optimization_level": 2, "torch.tt_legacy_compile": True, "custom.math_fidelity": "lofi"}, None),
        ("tt-legacy", {"config.mesh_shape": [1, 2], "config.save_mlir_override": ["TTIR"], "backend.async_mode": False}, None),
    ],
)
def test_what_the_compiler_would_ignore_or_end_at_is_refused_here_too(backend: str, settings: dict, said: str | None):
    assert option_table.refused(backend, settings, "compile") == said


@pytest.mark.parametrize("backend", TT)
def test_every_rung_is_taken_by_its_own_backend(backend: str):
    for rung in option_table.ladder(backend):
        if rung.scope == "compile":
            assert backends.backend(backend).refuses(rung.set, "compile") is None, rung.id


@pytest.mark.parametrize("backend", TT)
def test_the_text_that_generated_tests_carry_stands_alone(backend: str):
    text = snippet(backends.backend(backend), {"compile": {"custom.optimization_level": 1}})
    compile(text, "snippet", "exec")
    assert "adapt_harness" not in text and "'custom.optimization_level': 1" in text
