"""What runs leave behind about patterns, and what later runs make of it, through the real program."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest
from agent_program import AGENT, BRANCHING, WITHOUT_AGENT, WORKING, Ended, Program, check_chain, model_text

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

HEADER = ("time pattern revision sites model source backend version packages before after outcome pcc max_error seconds "
          "who run").split()
BUILT_IN = "control/branch-to-select"
LIBRARY = Path(__file__).resolve().parents[2] / "patterns" / "library"

# Answers any failure of BRANCHING's capture, before the built-in patterns do: more keys are more specific.
OWN = """pattern own/{name} r1
title   {name}
status  trial
risk    exact
[when]
backend          export
stage            capture
failure.class    data-dependent | exception | other
failure.message  .
failure.file     .
failure.frame    any
[edit change]
{body}
"""
USELESS = OWN.format(name="a-useless", body="- torch.tanh($X)\n+ torch.sinh($X)")
GOOD = OWN.format(name="b-good", body="- if x.sum() > 0:\n-     y = y * 2\n+ y = torch.where(x.sum() > 0, y * 2, y)")


def revision_of(pattern: str) -> int:
    """Votes for another revision do not count."""
    file = LIBRARY / f"{pattern}.adapt"
    return int(re.search(r"^pattern \S+ r(\d+)", file.read_text("utf-8"), re.M)[1]) if file.exists() else 1


def line(pattern: str, **cells: object) -> str:
    row = dict.fromkeys(HEADER, "") | {
        "time": "2026-01-31T12:00:00Z", "pattern": pattern, "revision": revision_of(pattern), "sites": 1, "model": "a.py", "backend": "export",
        "version": "2.0.0", "before": "capture|x", "outcome": "pass", "seconds": 1, "who": "search", "run": "r0/1"} | cells
    return "\t".join(str(row[name]) for name in HEADER)


def evidence_file(program: Program, pattern: str) -> Path:
    return program.data / "patterns" / "evidence" / f"{pattern}.evidence.tsv"


def write_evidence(program: Program, pattern: str, *lines: str) -> None:
    file = evidence_file(program, pattern)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(["\t".join(HEADER), *lines]) + "\n")


def evidence(program: Program) -> list[dict[str, str]]:
    out = []
    for file in sorted((program.data / "patterns" / "evidence").rglob("*.evidence.tsv")):
        head, *rows = file.read_text().splitlines()
        assert head.split("\t") == HEADER
        out += [dict(zip(HEADER, row.split("\t"), strict=True)) for row in rows]
    return out


def give(program: Program, name: str, text: str) -> Path:
    file = program.data / "patterns" / f"{name}.adapt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def listed(program: Program) -> dict[str, dict]:
    ended = program("patterns", "list", "--json")
    assert ended.code == 0, ended.stderr
    return {row["id"]: row for row in map(json.loads, ended.stdout.splitlines())}


def adapt(program: Program, name: str, text: str) -> Ended:
    ended = program("adapt", program.write(name, text), "--backend", "export", "--json", "--quiet")
    assert ended.code == 0, ended.stdout + ended.stderr
    return ended


def patterns_tried(program: Program, run: str) -> list[str]:
    log = check_chain(program.data / "runs" / run / "events.jsonl")
    words = [event["data"]["description"].split() for event in log if event["type"] == "attempt"]
    return [word[1] for word in words if word[0] == "pattern"]


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Program, Ended]:
    """One run that tried a pattern in vain and then another one that repairs."""
    program = Program(tmp_path_factory.mktemp("evidence"))
    give(program, "own/a-useless", USELESS)
    give(program, "own/b-good", GOOD)
    return program, adapt(program, "first.py", BRANCHING)


def test_every_pattern_that_was_tried_leaves_a_line(taught: tuple[Program, Ended]):
    program, first = taught
    assert [repair["id"] for repair in first.json["repairs"]] == ["own/b-good"]
    rows = evidence(program)
    assert [(row["pattern"], row["outcome"]) for row in rows] == [("own/a-useless", "same"), ("own/b-good", "pass")]
    assert [row["pattern"] for row in rows] == patterns_tried(program, first.json["run"])
    for row in rows:
        assert row["before"] == first.json["failure"]["fingerprint"]
        assert row["model"] == str(program.root / "models" / "first.py")
        assert row["source"] == hashlib.sha256(BRANCHING.encode()).hexdigest()
        assert row["version"] and row["packages"].startswith("torch ") and float(row["seconds"]) > 0
        assert row["run"].rpartition("/")[0] == first.json["run"]
    assert float(rows[1]["pcc"]) == pytest.approx(1) and float(rows[1]["max_error"]) == first.json["metrics"]["max_abs"]


def test_a_resumed_run_records_nothing_twice(taught: tuple[Program, Ended]):
    program, first = taught
    before = evidence(program)
    log = program.data / "runs" / first.json["run"] / "events.jsonl"
    whole = log.read_bytes()
    for share in (1.0, 0.6, 0.3):
        cut = whole[: whole.rindex(b"\n", 0, int(len(whole) * share)) + 1]
        log.write_bytes(cut)
        ended = program("runs", "resume", first.json["run"], "--json", "--quiet")
        assert ended.code == 0 and ended.json["repairs"] == first.json["repairs"], ended.stderr
        assert evidence(program) == before


def test_the_next_model_begins_with_what_repaired_the_last(taught: tuple[Program, Ended]):
    program, _ = taught
    # An attempt that took less time is worth up to twice as much. How long these two took is up to the machine's load.
    for row in evidence(program):
        write_evidence(program, row["pattern"], line(**row | {"seconds": 1}))
    second = adapt(program, "second.py", BRANCHING.replace("manual_seed(0)", "manual_seed(1)"))
    log = check_chain(program.data / "runs" / second.json["run"] / "events.jsonl")
    order = next(e["data"]["result"] for e in log if e["type"] == "step" and e["data"]["key"].startswith("order:"))
    rows = {row["pattern"]: row for row in order}
    if any(row["by_luck"] for row in order):
        pytest.skip("one run in twelve tries patterns on trial by luck, and this one did")
    assert patterns_tried(program, second.json["run"])[0] == "own/b-good"
    assert rows["own/b-good"]["score"] > rows["own/a-useless"]["score"] > 0
    assert rows["own/b-good"]["votes"] == 1
    row = listed(program)["own/b-good"]
    assert (row["passes"], row["models"], row["status"]) == (2, 2, "trial")


def test_a_pattern_that_a_newer_backend_does_without_is_proposed_for_retirement(tmp_path: Path):
    program = Program(tmp_path)
    model = program.write("fine.py", WORKING)
    cells = {"model": model, "source": hashlib.sha256(WORKING.encode()).hexdigest()}
    write_evidence(program, BUILT_IN, line(BUILT_IN, **cells))
    assert "nothing is proposed" in program("patterns", "proposals").stderr
    works = adapt(program, "fine.py", WORKING)
    assert works.json["outcome"] == "works"
    assert [row["outcome"] for row in evidence(program)] == ["pass", "unneeded"]
    row = listed(program)[BUILT_IN]
    assert "works without it" in row["retire_because"] and row["status"] == "trial", "never retired by itself"
    proposed = program("patterns", "proposals", "--json")
    assert [json.loads(text)["pattern"] for text in proposed.stdout.splitlines()] == [BUILT_IN]
    assert "(retire?)" in program("patterns", "list").stdout

    retired = program("patterns", "retire", BUILT_IN, "--reason", "works without it", "--json")
    assert retired.code == 0 and Path(retired.json["file"]).is_relative_to(program.data)
    assert listed(program)[BUILT_IN]["status"] == "retired"
    assert program("patterns", "proposals", "--json").stdout == ""
    assert program("patterns", "test", BUILT_IN).code == 0, "the copy is a whole pattern"


def test_a_retired_pattern_is_not_tried_and_a_draft_only_when_asked(tmp_path: Path):
    program = Program(tmp_path)
    give(program, "own/b-good", GOOD.replace("status  trial", "status  draft"))
    assert program("patterns", "retire", BUILT_IN, "--reason", "not wanted").code == 0
    path = program.write("model.py", BRANCHING)
    without = program("adapt", path, "--backend", "export", "--json", "--quiet")
    assert not {BUILT_IN, "own/b-good"} & set(patterns_tried(program, without.json["run"]))
    asked = program("adapt", path, "--backend", "export", "--json", "--quiet", "--set", "patterns.drafts=true")
    assert [repair["id"] for repair in asked.json["repairs"]] == ["own/b-good"], asked.stdout
    assert listed(program)["own/b-good"]["status"] == "trial", "a draft that has passed is on trial"


def test_passes_and_a_review_make_a_pattern_trusted_and_a_counter_example_takes_it_back(tmp_path: Path):
    program = Program(tmp_path)
    passes = [line(BUILT_IN, model=f"{name}.py", run=f"{name}/1") for name in "abc"]
    write_evidence(program, BUILT_IN, *passes)
    assert listed(program)[BUILT_IN]["status"] == "trial"
    reviewed = program("patterns", "review", BUILT_IN, "--by", "Ada Lovelace")
    assert reviewed.code == 0 and f"{BUILT_IN} is trusted" in reviewed.stdout and "Ada Lovelace" in reviewed.stdout
    assert program("patterns", "review", BUILT_IN, "--by", "Ada Lovelace", "--json").json["reviewers"] == ["Ada Lovelace"]
    assert program("patterns", "review", BUILT_IN, "--by", " ").code == 2
    assert program("patterns", "review", BUILT_IN + "x", "--by", "Ada").said.count(BUILT_IN) == 2

    with evidence_file(program, BUILT_IN).open("a") as file:
        file.write(line(BUILT_IN, model="d.py", run="d/1", outcome="numeric") + "\n")
    row = listed(program)[BUILT_IN]
    assert row["status"] == "trial" and [c["model"] for c in row["counter_examples"]] == ["d.py"]
    shown = program("patterns", "show", BUILT_IN)
    assert "counter   d.py" in shown.stderr and "3 passes on 3 models in 4 attempts" in shown.stderr
    assert shown.stdout == program("patterns", "show", BUILT_IN, "--json").json["text"]


def test_hostile_evidence_costs_a_warning_and_nothing_else(tmp_path: Path):
    program = Program(tmp_path)
    good = line(BUILT_IN)
    file = evidence_file(program, BUILT_IN)
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xef\xbb\xbf" + "\t".join(HEADER).encode() + b"\r\n" + good.encode() + b"\r\n<<<<<<< ours\n\xff\xfe\n"
                     + b"x" * (10 << 20) + b"\n" + good.replace(f"\t{revision_of(BUILT_IN)}\t1\t", "\t-1\tmany\t").encode() + b"\n" + good[:40].encode())
    ended = program("patterns", "list", "--json")
    assert ended.code == 0 and "5 lines are left out; line 3:" in ended.stderr, ended.stderr[:500]
    assert listed(program)[BUILT_IN]["passes"] == 1
    assert program("patterns", "review", BUILT_IN, "--by", "Ada").code == 0
    assert listed(program)[BUILT_IN]["reviewers"] == ["Ada"], "behind a line that was cut"


def test_a_library_that_cannot_be_written_costs_a_run_a_warning(tmp_path: Path):
    """A file in place of the folder, since permissions do not hold back root."""
    program = Program(tmp_path)
    program.data.mkdir()
    (program.data / "patterns").write_text("a file")
    ended = adapt(program, "model.py", BRANCHING)
    assert ended.json["outcome"] == "adapted" and "evidence of this run is not kept" in ended.stderr, ended.stderr


def test_processes_that_record_at_once_lose_nothing(tmp_path: Path):
    program = Program(tmp_path)
    names = [f"Reviewer {i}" for i in range(12)]
    running = [program.start("patterns", "review", BUILT_IN, "--by", name) for name in names]
    for process in running:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert sorted(listed(program)[BUILT_IN]["reviewers"]) == sorted(names)
