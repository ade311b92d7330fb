"""`agent adapt` on models that import a package which is not there: stubs where nothing calls it, an honest end where it does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from agent_program import AGENT, WITHOUT_AGENT, Ended, Program, check_chain

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

MODELS = Path(__file__).resolve().parents[1] / "data" / "stubs"
PATTERN = "imports/flash-attention-absent"
CONCESSION = "the reference was computed with a stub in place of flash_attn; code that calls it raises"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(tmp_path_factory.mktemp("agent"))


def adapt(program: Program, name: str, *more: str) -> Ended:
    model = program.write(name, (MODELS / name).read_text())
    return program("adapt", model, "--backend", "export", "--json", "--quiet", *more)


def assert_generated_test_passes(result: dict, program: Program) -> None:
    test = next((Path(result["out"]) / "tests").glob("test_*.py"))
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)], text=True,
                          capture_output=True, timeout=300, env=program.environment(), cwd=program.root)
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout[-3000:]


@pytest.fixture(scope="module")
def stubbed(program: Program) -> Ended:
    return adapt(program, "only_imports.py")


def test_a_model_that_only_imports_is_adapted_by_stubs_and_says_so(stubbed: Ended):
    assert stubbed.code == 0, stubbed.stdout + stubbed.stderr
    result = stubbed.json
    assert (result["outcome"], result["level"], result["attempts"]) == ("adapted", "L5", 1)
    assert (result["failure"]["stage"], result["failure"]["class"]) == ("load", "missing-package")
    assert [(repair["kind"], repair["id"], repair["sites"]) for repair in result["repairs"]] == [("pattern", PATTERN, [])]
    assert result["concessions"][0] == CONCESSION and result["metrics"]["relative_l2"] < 1e-4


def test_the_report_and_the_files_carry_the_stubs(stubbed: Ended, program: Program):
    out = Path(stubbed.json["out"])
    report = (out / "report.md").read_text()
    assert CONCESSION in report and PATTERN in report and "| reference | " in report
    override = next(out.glob("*_override.py")).read_text()
    assert '"flash_attn.bert_padding"' in override and (out / "patch.diff").read_text() == ""
    assert_generated_test_passes(stubbed.json, program)


def test_the_record_says_that_stubs_were_put_in_place(stubbed: Ended, program: Program):
    events = check_chain(program.data / "runs" / stubbed.json["run"] / "events.jsonl")
    assert [event["data"] for event in events if event["type"] == "stubs"] == [
        {"pattern": f"pattern:{PATTERN}", "ended": "the reference runs", "in_place": True}
    ]
    lines = (program.data / "patterns" / "evidence" / f"{PATTERN}.evidence.tsv").read_text().splitlines()
    rows = [dict(zip(lines[0].lstrip("# ").split("\t"), line.split("\t"))) for line in lines[1:]]
    mine = [row for row in rows if row["run"].startswith(stubbed.json["run"])]
    assert [(row["outcome"], row["before"].split("|")[0]) for row in mine] == [("pass", "load")], rows


def test_a_run_that_lost_its_end_is_resumed_to_the_same_one(stubbed: Ended, program: Program):
    folder = program.data / "runs" / stubbed.json["run"]
    log, report = folder / "events.jsonl", (folder / "out" / "report.md").read_bytes()
    lines = log.read_bytes().splitlines(keepends=True)
    reference = [b'"key":"reference:' in line for line in lines]
    for kept in (reference.index(True) + 1, reference.index(True, reference.index(True) + 1) + 1, len(lines) - 2):
        log.write_bytes(b"".join(lines[:kept]))
        again = program("runs", "resume", stubbed.json["run"], "--json", "--quiet")
        assert again.code == 0, again.stderr
        same = {**again.json, "wall_s": 0, "metrics": 0} == {**stubbed.json, "wall_s": 0, "metrics": 0}
        assert same and (folder / "out" / "report.md").stat().st_size > 0.5 * len(report), again.stdout
        check_chain(log)


def test_what_fails_behind_the_stubs_is_repaired_beside_them(program: Program):
    ended = adapt(program, "branches_too.py")
    assert ended.code == 0, ended.stdout + ended.stderr
    result = ended.json
    assert result["outcome"] == "adapted" and result["failure"]["stage"] == "load"
    assert [repair["kind"] for repair in result["repairs"]] == ["pattern", "pattern"]
    assert result["repairs"][0]["id"] == PATTERN and result["repairs"][1]["sites"]
    assert CONCESSION in result["concessions"]
    out = Path(result["out"])
    assert "-        if x.sum() > 0:" in (out / "patch.diff").read_text()
    assert_generated_test_passes(result, program)
    learned = program("patterns", "learn", result["run"])
    assert "missing-package" not in learned.stdout, "what the edit answered is not the import"


@pytest.mark.parametrize("name", ["really_calls.py", "catches_the_call.py"])
def test_a_model_that_calls_a_stub_is_not_adapted(name: str, program: Program):
    ended = adapt(program, name)
    assert ended.code == 1, ended.stdout + ended.stderr
    result = ended.json
    assert (result["outcome"], result["level"], result["repairs"], result["concessions"]) == ("not_adapted", "L0", [], [])
    assert result["failure"]["stage"] == "load" and result["blocker"]["stage"] == "eager"
    assert result["reason"].startswith("flash_attn.flash_attn_func is not available on this backend")
    assert "flash_attn.flash_attn_func is not available" in (Path(result["out"]) / "report.md").read_text()
    assert not list(Path(result["out"]).glob("*_override.py"))


def test_a_missing_package_without_a_pattern_is_as_inconclusive_as_ever(program: Program):
    text = (MODELS / "only_imports.py").read_text().replace("flash_attn", "adapt_absent_package")
    ended = program("adapt", program.write("nobody_knows.py", text), "--backend", "export", "--json", "--quiet")
    result = ended.json
    assert (result["outcome"], result["failure"]["class"], result["blocker"]) == ("inconclusive", "missing-package", None)
    assert result["repairs"] == result["concessions"] == []


SHIM = """pattern imports/of-a-test r1
title   A pattern of a test
risk    exact
[when]
failure.class  missing-package
[carrier shim]
{lines}
"""


@pytest.mark.parametrize("lines, failed, not_run", [
    ("stub-module adapt_absent_package functions=f,g", 0, 0),
    ("stub-module adapt_absent_package.deep functions=f\nneeds-spec yes", 0, 0),
    ("stub-module safetensors functions=f", 0, 1),  # installed: nothing can stand in its place, so nothing is known
])
def test_patterns_test_imports_the_stubs_and_calls_them(lines: str, failed: int, not_run: int, tmp_path: Path):
    program = Program(tmp_path)
    file = tmp_path / "shims" / "imports" / "of-a-test.adapt"
    file.parent.mkdir(parents=True)
    file.write_text(SHIM.format(lines=lines))
    taken = program("patterns", "import", str(tmp_path / "shims"))
    assert taken.code == 0, taken.stdout + taken.stderr
    ended = program("patterns", "test", "imports/of-a-test", "--json")
    told = json.loads(ended.stdout)
    assert (told["checks"], len(told["failures"]), told["checks_not_run"]) == (1 - not_run, failed, not_run), told
    assert not not_run or "'safetensors' is installed" in told["not_run_because"]
    assert (ended.code == 0) == (not failed and not not_run), ended.stderr


def test_modelling_code_that_a_folder_brings_is_stubbed_too(program: Program):
    from test_sources_folder import OWN_CODE

    folder = program.root / "models" / "own"
    folder.mkdir(parents=True)
    for name, text in OWN_CODE.items():
        (folder / name).write_text(text)
    model = folder / "modeling_own.py"
    branch = "y = self.mix(self.table(input_ids))\n        if y.sum() > 0:\n            y = y * 2\n        return y"
    text = model.read_text().replace("return self.mix(self.table(input_ids))", branch)
    model.write_text("from flash_attn.bert_padding import unpad_input\n" + text)
    auto_map = {"AutoConfig": "configuration_own.OwnConfig", "AutoModel": "modeling_own.OwnModel"}
    (folder / "config.json").write_text(
        json.dumps({"model_type": "own", "architectures": ["OwnModel"], "auto_map": auto_map, "hidden_size": 24})
    )
    result = program("adapt", folder, "--backend", "export", "--json", "--quiet").json
    assert (result["outcome"], result["failure"]["class"]) == ("adapted", "missing-package"), result
    assert CONCESSION in result["concessions"]
    assert_generated_test_passes(result, program)
