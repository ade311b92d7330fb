"""A repair by hand is learned from one model and repairs its sibling, through the real program and a real backend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from agent_program import AGENT, SOAK, WITHOUT_AGENT, WITHOUT_SOAK, Program

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

SIBLINGS = Path(__file__).resolve().parents[1] / "data" / "siblings"
CASES = {"settled_break": "export", "row_median": "onnxruntime", "bucket_numbers": "executorch"}
IN_EVERY_TEST = "settled_break"
KNOWN = {"row_median": "order/median-by-sorting"}  # built-in patterns that know the repair, and must not help


@pytest.mark.parametrize("case", CASES)
def test_what_a_hand_repaired_in_one_model_repairs_its_sibling(case: str, tmp_path: Path):
    if case != IN_EVERY_TEST and not SOAK:
        pytest.skip(WITHOUT_SOAK)
    program, backend, folder = Program(tmp_path), CASES[case], SIBLINGS / case
    if case in KNOWN:
        assert program("patterns", "retire", KNOWN[case], "--reason", "a hand is to find it").code == 0
    alone = program("adapt", folder / "second.py", "--backend", backend, "--json", "--quiet")
    assert alone.json["outcome"] == "not_adapted", "the library repairs the sibling without help"

    first = program("adapt", folder / "first.py", "--backend", backend, "--patch", folder / "first_fixed.diff", "--json",
                    "--quiet")
    assert first.code == 0, first.stderr
    assert first.json["outcome"] == "adapted" and [r["kind"] for r in first.json["repairs"]] == ["patch"]

    learned = program("patterns", "learn", first.json["run"], "--json")
    assert learned.code == 0, learned.stderr
    replay = learned.json["replay"]
    assert replay["exact"] == replay["files"] == 1 and replay["wrong"] == replay["missing"] == 0, replay
    assert program("patterns", "show", learned.json["id"]).stdout == Path(learned.json["file"]).read_text("utf-8")

    tested = program("patterns", "test", learned.json["id"])
    assert tested.code == 0 and "0 failed" in tested.stdout, tested.stdout

    second = program("adapt", folder / "second.py", "--backend", backend, "--json", "--quiet")
    assert second.code == 0, second.stderr
    assert second.json["outcome"] == "adapted" and second.json["level"] == "L5"
    assert [(r["kind"], r["id"]) for r in second.json["repairs"]] == [("pattern", learned.json["id"])]


def test_a_patch_that_does_not_fit_is_one_clear_error(tmp_path: Path):
    program, folder = Program(tmp_path), SIBLINGS / IN_EVERY_TEST
    for name, text, said in [
        ("empty.diff", "", "unified diff"),
        ("stranger.diff", "--- a/other.py\n+++ b/other.py\n@@ -1 +1 @@\n-a\n+b\n", "'other.py', which is not among"),
        ("stale.diff", "--- a/first.py\n+++ b/first.py\n@@ -1 +1 @@\n-not there\n+b\n", "does not fit"),
    ]:
        ended = program("adapt", folder / "first.py", "--backend", "export", "--patch", program.write(name, text), "--quiet")
        assert ended.code == 2 and said in ended.stderr, (name, ended.stderr)


def test_only_a_verified_repair_is_learned(tmp_path: Path):
    program = Program(tmp_path)
    works = program("adapt", program.write("fine.py", (SIBLINGS / "row_median" / "first.py").read_text("utf-8")),
                    "--backend", "export", "--json", "--quiet")
    assert json.loads(works.stdout)["outcome"] == "works"
    learned = program("patterns", "learn", works.json["run"])
    assert learned.code == 2 and "only a verified repair can be learned" in learned.stderr
    assert program("patterns", "learn", "no-such-run").code == 2


def test_mining_two_files_prints_a_pattern_that_loads(tmp_path: Path):
    program = Program(tmp_path)
    before = program.write("before.py", "import torch\n\n\ndef f(x, m):\n    return x.masked_fill(m, -1e4)\n")
    after = program.write("after.py", "import torch\n\n\ndef f(x, m):\n    return x.masked_fill(m, torch.finfo(x.dtype).min)\n")
    mined = program("patterns", "mine", before, after, "--id", "mask/finite")
    assert mined.code == 0, mined.stderr
    assert "X2: expr number <= -1000" in mined.stdout
    assert "- $X.masked_fill($M, $X2)\n+ $X.masked_fill($M, torch.finfo($X.dtype).min)" in mined.stdout
    assert "1 of 1 edits" in mined.stderr
    same = program("patterns", "mine", before, before)
    assert same.code == 2 and "do not differ" in same.stderr


def stored(program: Program, failure: str, name: str, before: str, after: str) -> None:
    """A kept repair, as `patterns learn` keeps it."""
    for side, text in ("before", before), ("after", after):
        program.write(f"{program.data}/patterns/examples/{failure}/{side}/{name}/model.py", text)


@pytest.mark.parametrize("size", [0, 50_000])  # bytes more: of a long file the part that can match is looked at first
def test_kept_repairs_of_the_same_failure_narrow_what_is_mined(size: int, tmp_path: Path):
    program = Program(tmp_path)
    text = "import torch\n\n\ndef f(m, edges):\n    return torch.bucketize({}, edges)\n"
    before, after = program.write("before.py", text.format("m")), program.write("after.py", text.format("m.long()"))
    # A verified repair of that failure which left a look-alike alone.
    left = "import torch\n\n\ndef f(x, edges):\n    p = x.softmax(0)\n    return torch.bucketize(p, edges), {}\n"
    more = "#" * size + "\n"
    stored(program, "aten-bucketize", "0001", more + left.format("x"), more + left.format("-x"))

    free = program("patterns", "mine", before, after, "--failure", "another", "--json").json
    assert free["stored"] == {"files": 1, "narrowed_by": 0, "spoils": 0, "elsewhere": 1}
    held = program("patterns", "mine", before, after, "--failure", "aten.bucketize", "--json").json
    assert held["stored"] == {"files": 1, "narrowed_by": 1, "spoils": 0, "elsewhere": 0}
    assert held["replay"]["exact"] == free["replay"]["exact"] == 1
    assert "not dtype=float" in held["text"] and "not dtype=float" not in free["text"]
