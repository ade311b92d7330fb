"""`agent adapt` from the command line to the files it leaves, on real models and backends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from agent_program import AGENT, BRANCHING, WITHOUT_AGENT, WORKING, Ended, Program, check_chain

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

RESULT_FIELDS = {"run", "model", "backend", "outcome", "level", "failure", "repairs", "concessions", "metrics", "placement",
                 "attempts", "wall_s", "out", "spend"}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(tmp_path_factory.mktemp("agent"))


@pytest.fixture(scope="module")
def working(program: Program) -> Ended:
    """A model that needs nothing."""
    return program("adapt", program.write("working.py", WORKING), "--backend", "export", "--json", "--quiet")


@pytest.fixture(scope="module")
def adapted(program: Program) -> Ended:
    """A model whose forward branches on the values of a tensor: it fails at capture."""
    return program("adapt", program.write("branching.py", BRANCHING), "--backend", "export", "--json", "--quiet")


def test_a_model_that_works_is_said_to_work(working: Ended):
    assert working.code == 0, working.stderr
    result = working.json
    assert RESULT_FIELDS <= set(result), RESULT_FIELDS - set(result)
    assert result["outcome"] == "works" and result["failure"] is None and result["repairs"] == []
    assert working.stdout.count("\n") == 1, "one object, nothing else"


def test_a_branch_on_a_tensor_is_adapted_with_evidence(adapted: Ended):
    assert adapted.code == 0, adapted.stdout + adapted.stderr
    result = adapted.json
    assert RESULT_FIELDS <= set(result), RESULT_FIELDS - set(result)
    assert result["outcome"] == "adapted"
    failure = result["failure"]
    assert failure["stage"] == "capture" and failure["class"] == "data-dependent"
    assert failure["file"] == "branching.py" and "if x.sum() > 0" in BRANCHING.splitlines()[failure["line"] - 1]
    assert [repair["kind"] for repair in result["repairs"]] == ["pattern"]
    assert result["repairs"][0]["sites"], "a repair says where"
    assert result["attempts"] >= 1 and result["metrics"]["relative_l2"] < 1e-4


def test_the_files_of_a_repair_are_there_and_its_test_passes(adapted: Ended, program: Program):
    out = Path(adapted.json["out"])
    assert json.loads((out / "result.json").read_text()) == adapted.json
    patch = (out / "patch.diff").read_text()
    assert "-        if x.sum() > 0:" in patch
    assert (out / "report.md").stat().st_size > 200
    tests = sorted((out / "tests").glob("test_*.py"))
    assert len(tests) == 1
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests[0])], text=True,
                          capture_output=True, timeout=300, env=program.environment(), cwd=program.root)
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout[-3000:]
    applied = subprocess.run(["patch", "--dry-run", "-p1", "-i", str(out / "patch.diff")], text=True, capture_output=True,
                             cwd=program.root / "models")
    assert applied.returncode == 0, applied.stdout + patch


def test_the_record_of_a_run_is_an_intact_chain(working: Ended, adapted: Ended, program: Program):
    for ended in (working, adapted):
        events = check_chain(program.data / "runs" / ended.json["run"] / "events.jsonl")
        assert events[0]["type"] == "request" and events[-1]["type"] == "verdict"
        assert events[-1]["data"]["outcome"] == ended.json["outcome"]
    assert program.leftovers() == []


def test_runs_are_listed_and_shown(working: Ended, adapted: Ended, program: Program):
    listed = [json.loads(line) for line in program("runs", "list", "--json").stdout.splitlines()]
    assert {row["run"]: row["outcome"] for row in listed} == {
        working.json["run"]: "works", adapted.json["run"]: "adapted"}
    assert listed[0]["run"] == adapted.json["run"], "newest first"
    assert program("runs", "show", adapted.json["run"], "--json").json == adapted.json
    shown = program("runs", "show", adapted.json["run"])
    assert shown.code == 0 and adapted.json["repairs"][0]["id"] in shown.stdout
    assert program("runs", "show", "nothing").code == 2
    resumed = program("runs", "resume", working.json["run"], "--json", "--quiet")
    assert resumed.code == 0
    assert {**resumed.json, "wall_s": 0} == {**working.json, "wall_s": 0}, "a run that has ended stays as it ended"


def test_the_patterns_are_listed_and_shown(program: Program):
    ids = [json.loads(line)["id"] for line in program("patterns", "list", "--json").stdout.splitlines()]
    assert len(ids) >= 10 and len(set(ids)) == len(ids)
    shown = program("patterns", "show", ids[0])
    assert shown.code == 0 and ids[0] in shown.stdout
    near = program("patterns", "show", ids[0] + "x")
    assert near.code == 2 and ids[0] in near.said


def test_a_configuration_shows_its_origins_and_needs_no_folder(program: Program):
    def rows(**changes: str) -> dict[str, dict]:
        ended = program("config", "show", "--json", XDG_CONFIG_HOME=str(program.root / "not-there"), **changes)
        assert ended.code == 0, ended.stderr
        return {row["key"]: row for row in ended.json}

    assert rows()["run.seeds"]["value"] == "3" and rows()["run.seeds"]["origin"] == "default"
    changed = rows(ADAPT_RUN_SEEDS="5")["run.seeds"]
    assert changed["value"] == "5" and "ADAPT_RUN_SEEDS" in changed["origin"]


@pytest.mark.parametrize("arguments, words", [
    (["adapt", "transformers:BertModl", "--backend", "export"], ["BertModl", "BertModel"]),
    (["adapt", "transformers:BertModel", "--backend", "onnxruntim"], ["onnxruntim", "onnxruntime"]),
    (["adapt", "no-such-file.py", "--backend", "export"], ["no-such-file.py"]),
    (["adapt", "transformer:BertModel", "--backend", "export"], ["transformers"]),
    (["adpt", "transformers:BertModel"], ["adapt"]),
    (["adapt", "transformers:BertModel"], ["--backend"]),
    (["adapt", "transformers:BertModel", "--backend", "export", "--set", "run.sed=1"], ["run.sed", "run.seed"]),
    (["adapt", "transformers:BertModel", "--backend", "export", "--seeds", "1"], ["run.seeds", "2"]),
    (["adapt", "transformers:BertModel", "--backend", "export", "--size", "tinny"], ["tinny", "tiny"]),
    (["runs", "resume", "nothing"], ["nothing"]),
])
def test_what_cannot_be_meant_is_refused_with_the_nearest_names(arguments: list[str], words: list[str], program: Program):
    ended = program(*arguments)
    assert ended.code == 2, ended.stdout + ended.stderr
    text = ended.stdout + ended.stderr
    assert all(word in text for word in words), text
    assert "Traceback" not in text


def test_a_missing_environment_is_said_in_one_line(program: Program):
    ended = program("adapt", program.write("working.py", WORKING), "--backend", "export", ADAPT_PYTHON="/nowhere/bin/python")
    assert ended.code == 3 and "/nowhere/bin/python" in ended.said, ended.stderr
