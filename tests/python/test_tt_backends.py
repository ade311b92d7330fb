"""`tt` and `tt-legacy` through the whole program, with stand-ins in place of Tenstorrent's packages.

What is tested is how the real packages would be called and what is made of the ways in which they fail. Nothing here is a
result about Tenstorrent's software, and the program has to say so itself: no run reaches a level.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from adapt_harness.tt.lease import acquire
from agent_program import AGENT, WITHOUT_AGENT, WORKING, Ended, Program
from tenstorrent_stand_in import StandIn, calls

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

DRAM = (
    "TT_FATAL @ bank_manager.cpp: Out of Memory: Not enough space to allocate 1073741824 B DRAM buffer across 12 banks, "
    "where each bank needs to store 89478485 B, but bank size is 1071181792 B\n"
)
LEGALIZE = "loc(\"tanh.7\"): error: failed to legalize operation 'stablehlo.tanh'\n"
PCIE = "TT_THROW @ chip.cpp: Read 0xffffffff over PCIe: you should reset the board.\n"
NAMES = {"xla": "tt", "legacy": "tt-legacy"}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "program")


def adapt(program: Program, stand_in: StandIn | None, *more: str, kind: str = "xla", **variables: str) -> Ended:
    model = program.write("model.py", WORKING)
    if stand_in is not None:
        variables |= {"ADAPT_TT_PYTHON": str(stand_in.python), "ADAPT_TT_LEGACY_PYTHON": str(stand_in.python)}
    return program("adapt", str(model), "--backend", NAMES[kind], "--json", "--quiet", "--attempts", "0", *more, **variables)


def no_result(ended: Ended) -> dict:
    """Whatever a stand-in did, it is no result."""
    result = ended.json
    assert (result["outcome"], result["level"]) == ("inconclusive", "none"), ended.stdout + ended.stderr
    assert result["reason"].startswith("no result: a stand-in and no "), result["reason"]
    return result


# Where there is nothing


@pytest.mark.parametrize("kind", ["xla", "legacy"])
def test_without_packages_and_card_it_is_not_run_and_what_is_missing_is_said(program: Program, kind: str):
    ended = adapt(program, None, kind=kind)
    assert (ended.json["outcome"], ended.json["level"]) == ("unavailable", "none")
    assert "Python package tt_torch" in ended.json["reason"] and "device node /dev/tenstorrent/0" in ended.json["reason"]


def test_the_doctor_says_what_is_missing(program: Program):
    rows = {row["name"]: row for row in program("doctor", "--json").json["backends"]}
    assert not rows["tt"]["available"] and not rows["tt-legacy"]["available"]
    assert "--compile-only FILE.ttsys" in rows["tt"]["evidence"] and "Python package tt_mlir" in rows["tt-legacy"]["evidence"]


def test_packages_without_a_card_are_not_enough(program: Program, tmp_path: Path):
    ended = adapt(program, StandIn(tmp_path / "env", "xla"))
    assert ended.json["outcome"] == "unavailable"
    assert ended.json["reason"].startswith("not found: device node /dev/tenstorrent/0; without a card, --compile-only")


def test_a_package_with_the_name_but_not_the_library_is_not_taken_for_it(program: Program, tmp_path: Path):
    ended = adapt(program, StandIn(tmp_path / "env", "xla").cards(0).claims_to_be_real())
    assert ended.json["outcome"] == "unavailable" and "pjrt_plugin_tt.so" in ended.json["reason"]


def test_the_packages_of_the_other_generation_are_told_apart(program: Program, tmp_path: Path):
    ended = adapt(program, StandIn(tmp_path / "env", "legacy").cards(0))
    assert ended.json["outcome"] == "unavailable" and "is another one" in ended.json["reason"]


# What is refused before anything starts


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("optimization_level=3", "option 'optimization_level' cannot be '3': it takes an integer in 0..2"),
        ("optimisation_level=1", "backend 'tt' has no option 'optimisation_level'; did you mean 'optimization_level'?"),
        ("enable_bfp8_conversion=true", "option 'enable_bfp8_conversion' is gone"),
    ],
)
def test_an_unknown_option_and_a_bad_value_are_refused(program: Program, option: str, said: str):
    ended = adapt(program, None, "--option", option)
    assert ended.code == 2 and said in ended.said and not (program.data / "runs").exists()


def test_options_are_listed_with_what_they_cost(program: Program):
    rows = {row["name"]: row for row in program("options", "tt", "--json").json}
    assert rows["optimization_level"]["values"] == "0..2" and rows["optimization_level"]["default"] == "0"
    assert rows["compile_only"]["costs"] == [{"value": "*", "cap": "L3"}]


def test_options_work_for_every_backend(program: Program):
    model = program.write("model.py", WORKING)
    ended = program("adapt", str(model), "--backend", "openvino", "--option", "precision=f16", "--json", "--quiet")
    assert ended.json["outcome"] in ("works", "not_adapted"), ended.stdout + ended.stderr
    if ended.json["outcome"] == "works":
        assert "computed in reduced precision" in ended.json["concessions"]


# How the packages are called


def test_tt_xla_is_called_as_its_users_do(program: Program, tmp_path: Path):
    ended = adapt(program, StandIn(tmp_path / "env", "xla").cards(0), "--option", "optimization_level=1", "--option",
                  "enable_trace=off", "--option", "tt_enable_composite_ops=false", "--option", "dtype=bfloat16")
    no_result(ended)
    told = calls(program.runs()[0])
    assert told[0] == {"call": "set_device_type", "kind": "TT"}
    assert {"call": "set_custom_compile_options", "options": {"optimization_level": "1", "enable_trace": "false"}} in told
    compiled = next(call for call in told if call["call"] == "tt_backend")
    assert compiled["options"] == {"tt_enable_composite_ops": False}
    assert "torch.bfloat16" in compiled["dtypes"] and compiled["operators"] > 0


def test_tt_torch_is_called_with_its_configuration(program: Program, tmp_path: Path):
    ended = adapt(program, StandIn(tmp_path / "env", "legacy").cards(0), "--option", "consteval_parameters=true", "--option",
                  "enable_consteval=true", "--option", "async_mode=true", kind="legacy")
    no_result(ended)
    compiled = next(call for call in calls(program.runs()[0]) if call["call"] == "tt_legacy_backend")
    assert compiled["async_mode"] is True
    assert compiled["config"]["enable_consteval"] == compiled["config"]["_consteval_parameters"] == "True"


@pytest.mark.parametrize("kind", ["xla", "legacy"])
def test_a_stand_in_that_works_is_no_result(program: Program, tmp_path: Path, kind: str):
    ended = adapt(program, StandIn(tmp_path / "env", kind).cards(0), kind=kind)
    assert "it would have been works" in no_result(ended)["reason"]
    assert ended.code != 0


# How they fail


def test_error_code_13_is_explained_by_descriptor_2(program: Program, tmp_path: Path):
    stand_in = StandIn(tmp_path / "env", "xla").cards(0).fails(at="run", how="error-13", text=DRAM)
    failure = no_result(adapt(program, stand_in))["failure"]
    assert (failure["stage"], failure["class"]) == ("run", "out-of-memory")
    assert failure["finding"]["category"] == "OOM_DRAM" and failure["finding"]["bringup_status"] == "FAILED_RUNTIME"
    assert failure["finding"]["memory"]["requested_bytes"] == 1073741824 and failure["finding"]["buffer"] == "DRAM"
    assert failure["message"] == "Error code: 13" and "Not enough space" in failure["finding"]["text"]


def test_what_is_printed_on_descriptor_1_counts_too(program: Program, tmp_path: Path):
    stand_in = StandIn(tmp_path / "env", "xla").cards(0).fails(at="compile", how="error-13", text=LEGALIZE, descriptor=1)
    failure = no_result(adapt(program, stand_in))["failure"]
    assert (failure["stage"], failure["class"], failure["op"]) == ("compile", "legalize-failed", "stablehlo.tanh")


@pytest.mark.parametrize(("at", "stage"), [("open", "lower"), ("compile", "compile"), ("run", "run")])
def test_death_by_a_signal_still_has_its_stage(program: Program, tmp_path: Path, at: str, stage: str):
    stand_in = StandIn(tmp_path / "env", "xla").cards(0).fails(at=at, how="abort")
    failure = no_result(adapt(program, stand_in))["failure"]
    assert (failure["stage"], failure["class"]) == (stage, "crash")


def test_a_fatal_check_before_the_end_by_a_signal_is_the_reason(program: Program, tmp_path: Path):
    stand_in = StandIn(tmp_path / "env", "xla").cards(0).fails(at="run", how="abort", text=DRAM)
    failure = no_result(adapt(program, stand_in))["failure"]
    assert (failure["stage"], failure["class"], failure["finding"]["category"]) == ("run", "out-of-memory", "OOM_DRAM")


def test_a_hang_ends_at_the_deadline_of_its_stage(program: Program, tmp_path: Path):
    stand_in = StandIn(tmp_path / "env", "xla").cards(0).fails(at="compile", how="hang", seconds=600)
    ended = adapt(program, stand_in, "--set", "limits.stage_seconds.compile=10")
    failure = no_result(ended)["failure"]
    assert (failure["stage"], failure["class"]) == ("compile", "hang") and ended.seconds < 280
    assert program.leftovers() == []


def test_a_flood_of_output_is_bounded_and_its_end_is_read(program: Program, tmp_path: Path):
    stand_in = StandIn(tmp_path / "env", "xla").cards(0)
    stand_in.fails(at="run", how="error-13", text="noise " * 4000 + "\n" + DRAM, copies=8000)
    failure = no_result(adapt(program, stand_in))["failure"]
    assert failure["finding"]["category"] == "OOM_DRAM"
    log = next(program.runs()[0].glob("attempts/*/build/backend.log"))
    assert log.stat().st_size > 180 << 20 and len(json.dumps(failure)) < 200_000


def test_a_failing_device_is_tried_elsewhere_and_then_says_nothing_about_the_model(program: Program, tmp_path: Path):
    stand_in = StandIn(tmp_path / "env", "xla").cards(0, 1).fails(at="run", how="error-13", text=PCIE, card="0")
    assert "it would have been works" in no_result(adapt(program, stand_in))["reason"]


def test_a_device_that_always_fails_is_an_error_of_the_environment_and_can_be_resumed(program: Program, tmp_path: Path):
    stand_in = StandIn(tmp_path / "env", "xla").cards(0).fails(at="run", how="error-13", text=PCIE)
    ended = adapt(program, stand_in)
    assert ended.code == 3 and ended.stdout == ""
    assert "which says nothing about the model" in ended.said and "agent runs resume" in ended.said
    stand_in.fails(at="nowhere", how="print")
    run = program.runs()[0].name
    resumed = program("runs", "resume", run, "--json", "--quiet", ADAPT_TT_PYTHON=str(stand_in.python))
    assert "it would have been works" in no_result(resumed)["reason"]


def test_a_card_that_somebody_else_has_is_waited_for_and_then_named(program: Program, tmp_path: Path):
    leases = program.data / "leases"
    held = acquire(["0"], False, print, leases, 0)
    try:
        ended = adapt(program, StandIn(tmp_path / "env", "xla").cards(0), "--set", "limits.device_wait_seconds=2")
    finally:
        for descriptor in held.files.values():
            os.close(descriptor)
    assert ended.code == 3 and "no card was free for 2 s; card 0: process" in ended.said


# Without a card


def descriptor(folder: Path, arch: str, mark: bytes = b"TTSY") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{arch}_system_desc.ttsys"
    path.write_bytes(b"\0\0\0\0" + mark + b"\0" * 64)
    return path


def test_compile_only_needs_no_card_and_claims_no_execution(program: Program, tmp_path: Path):
    descriptor(tmp_path / "descs", "n150")
    ended = adapt(program, StandIn(tmp_path / "env", "xla"), "--compile-only", str(tmp_path / "descs"), "--arch", "n150")
    result = no_result(ended)
    assert "compiling for n150_system_desc.ttsys" in result["reason"] and "it would have been works" in result["reason"]
    assert any("never executed" in said for said in result["concessions"])
    run = program.runs()[0]
    assert list(run.glob("attempts/*/build/artefact/model.ttnn")) and not list(run.glob("attempts/*/outputs"))
    assert not list((program.data / "leases").iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--compile-only", "absent.ttsys"), "no system descriptor"),
        (("--compile-only", "descs"), "is a folder; --arch says which descriptor of it"),
        (("--compile-only", "descs", "--arch", "p150"), "no system descriptor"),
        (("--compile-only", "descs", "--arch", "n151"), "option 'arch' cannot be 'n151'"),
        (("--compile-only", "wrong/n150_system_desc.ttsys"), "is no system descriptor: it lacks the mark TTSY"),
    ],
)
def test_a_descriptor_that_is_none_is_refused(program: Program, arguments: tuple[str, ...], said: str):
    descriptor(program.root / "descs", "n150")
    descriptor(program.root / "wrong", "n150", b"\x7fELF")
    ended = adapt(program, None, *arguments)
    assert ended.code == 2 and said in ended.said, ended.said


# Operator by operator


def test_tt_torch_tries_every_operator_alone_where_a_failure_names_none(program: Program, tmp_path: Path):
    stand_in = StandIn(tmp_path / "env", "legacy").cards(0).fails(at="compile", how="error-13", text="something failed\n")
    failure = no_result(adapt(program, stand_in, kind="legacy"))["failure"]
    assert failure["op"] is None  # the stand-in fails before it tries any
    stand_in.fails(at="run", how="error-13", text="something failed\n", depth="EXECUTE")
    failure = no_result(adapt(program, stand_in, kind="legacy"))["failure"]
    assert failure["op"] == "aten.tanh" and (failure["file"], failure["function"]) == ("model.py", "forward")
    assert "1 of 2 operators fail alone: aten.tanh on (2, 8) was converted to TTIR and no further" in failure["message"]
