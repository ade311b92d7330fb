"""The commands by which people look after their library of patterns, through the real program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from agent_program import AGENT, WITHOUT_AGENT, Ended, Program

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

BUILT_IN = "scan/count-of-a-mask"


def pattern(name: str, old: str = "f($X)", new: str = "g($X)", revision: int = 1, status: str = "trial") -> str:
    return (f"pattern {name} r{revision}\ntitle A test\nstatus {status}\nrisk exact\n[edit change]\n- {old}\n+ {new}\n"
            f"[sample change one]\n--- before\nfrom m import f, g, h\n{old.replace('$X', 'a')}\n--- after\n"
            f"from m import f, g, h\n{new.replace('$X', 'a')}\n")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def ids(program: Program) -> set[str]:
    return {json.loads(line)["id"] for line in program("patterns", "list", "--json").stdout.splitlines()}


def own_files(program: Program) -> set[str]:
    folder = program.data / "patterns"
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file() and file.name != ".lock"}


def edit(program: Program, name: str, script: str, *arguments: str) -> Ended:
    """`patterns edit` with a Python script that is given the text as `t` for an editor."""
    editor = program.root / "editor.py"
    editor.write_text(f"import sys\np = sys.argv[-1]\nt = open(p).read()\n{script}\nopen(p, 'w').write(t)\n")
    return program("patterns", "edit", name, *arguments, EDITOR=f"python3 '{editor}'", VISUAL="")


def test_a_new_skeleton_loads_once_its_blanks_are_filled(program: Program):
    made = program("patterns", "new", "own/thing")
    file = program.data / "patterns" / "own" / "thing.adapt"
    assert made.code == 0 and made.stdout.strip() == str(file)
    before = program("patterns", "list", "--json")
    assert before.code == 0 and "thing.adapt:4: unknown risk" in before.stderr and "own/thing" not in before.stdout
    text = file.read_text()
    for blank, filled in {
        "<one line: what the new code does instead>": "Says it another way", "<exact, rounding, guarded or semantic>": "exact",
        "<what fails, and why the new code does not>": "It fails.", "<regular expression>": "cannot",
        "- <old code of $X>": "- torch.relu($X)", "+ <new code of $X>": "+ torch.clamp($X, min=0)",
        "<old code of x>": "torch.relu(x)",
        "--- before\n<code>\n--- after\n<code>":
            "--- before\nimport torch\ny = torch.relu(x)\n--- after\nimport torch\ny = torch.clamp(x, min=0)",
        "[sample keep look-alike]\n<code>": "[sample keep look-alike]\nimport torch\ny = torch.tanh(x)"}.items():
        assert text.count(blank) == 1, blank
        text = text.replace(blank, filled)
    assert "<" not in "\n".join(row for row in text.splitlines() if not row.startswith("#"))
    file.write_text(text)
    assert "own/thing" in ids(program)
    tested = program("patterns", "test", "own/thing", "--json").json
    assert {failure["kind"] for failure in tested["failures"]} == {"sample"} and tested["checks"] == 1
    assert all("samples, at least" in failure["why"] for failure in tested["failures"]), "only the number of samples"


def test_a_new_draft_is_mined_from_two_versions(program: Program):
    before = program.write("before.py", "import torch\n\n\ndef f(x, m):\n    return x.masked_fill(m, -1e4)\n")
    after = program.write("after.py", "import torch\n\n\ndef f(x, m):\n    return x.masked_fill(m, torch.finfo(x.dtype).min)\n")
    made = program("patterns", "new", "mask/finite", "--before", before, "--after", after, "--json")
    assert made.code == 0, made.stderr
    shown = program("patterns", "show", "mask/finite", "--json").json
    assert shown["status"] == "draft" and "torch.finfo($X.dtype).min" in shown["text"]
    again = program("patterns", "new", "mask/finite-again", "--before", before, "--after", after)
    assert again.code == 2 and "mask/finite makes the same edits" in again.said
    assert program("patterns", "new", "mask/half", "--before", before).code == 2


@pytest.mark.parametrize("name", ["thing", "a/b/c", "../x/y", "a/..", "a b/c", "", "/tmp/x"])
def test_an_id_that_cannot_be_is_refused(program: Program, name: str):
    ended = program("patterns", "new", name)
    assert ended.code == 2 and ended.said, ended.stderr
    assert not any(program.root.rglob("*.adapt"))


def test_an_id_that_is_taken_is_refused(program: Program):
    taken = program("patterns", "new", BUILT_IN)
    assert taken.code == 2 and f"agent patterns edit {BUILT_IN}" in taken.said


def test_an_edit_is_checked_before_it_replaces_what_was_there(program: Program):
    edited = edit(program, BUILT_IN, "t = t.replace('title   Running', 'title   Better')", "--json")
    assert edited.code == 0 and edited.json["changed"], edited.stderr
    file = Path(edited.json["file"])
    assert file == program.data / "patterns" / f"{BUILT_IN}.adapt" and "Better" in file.read_text()
    good = file.read_text()

    for script, complaint in [("t = t.replace('risk    exact', 'risk    none')", "count-of-a-mask.adapt:4: unknown risk 'none'"),
                              ("t = t.replace('running_sum($X, $D)', 'running_sum($X, $E)')", "$E"),
                              ("t = t.replace('running_sum(ids != pad, -1)', 'running_sum(ids, -1)')",
                               "sample 'comparison' comes out differently"),
                              (f"t = t.replace('{BUILT_IN}', 'scan/other')", "the id is 'scan/other'")]:
        bad = edit(program, BUILT_IN, script)
        assert bad.code == 2 and complaint in bad.said, (script, bad.stderr)
        assert file.read_text() == good
        rejected = Path(str(file) + ".rejected")
        assert str(rejected) in bad.said and rejected.exists()
        rejected.unlink()

    edit(program, BUILT_IN, "t = t.replace('risk    exact', 'risk    none')")
    mended = edit(program, BUILT_IN, "assert 'none' in t; t = t.replace('risk    none', 'risk    rounding')")
    assert mended.code == 0 and "risk    rounding" in file.read_text(), "goes on with what was refused"
    assert own_files(program) == {f"{BUILT_IN}.adapt"}


def test_an_edit_that_changes_nothing_or_fails_leaves_everything(program: Program):
    same = edit(program, BUILT_IN, "", "--json")
    assert same.code == 0 and not same.json["changed"]
    failed = program("patterns", "edit", BUILT_IN, EDITOR="false", VISUAL="")
    assert failed.code == 3 and "'false' failed" in failed.said
    assert "set EDITOR" in program("patterns", "edit", BUILT_IN, EDITOR="", VISUAL="").said
    unknown = edit(program, BUILT_IN + "x", "")
    assert unknown.code == 2 and BUILT_IN in unknown.said
    assert not (program.data / "patterns").exists() or own_files(program) == set()


def test_what_changed_while_somebody_typed_is_not_written_over(program: Program):
    file = program.data / "patterns" / "own" / "one.adapt"
    file.parent.mkdir(parents=True)
    file.write_text(pattern("own/one"))
    ended = edit(program, "own/one", f"t = t.replace('A test', 'Mine'); open({str(file)!r}, 'a').write('# theirs\\n')")
    assert ended.code == 2 and "was changed while you edited" in ended.said
    assert file.read_text().endswith("# theirs\n") and "Mine" in Path(f"{file}.rejected").read_text()


def test_an_edit_of_the_rule_itself_says_what_becomes_of_the_evidence(program: Program):
    file = program.data / "patterns" / "own" / "one.adapt"
    file.parent.mkdir(parents=True)
    file.write_text(pattern("own/one"))
    assert "the revision is r1 still" in edit(program, "own/one", "t = t.replace('g(', 'h(')").stderr
    assert "revision" not in edit(program, "own/one", "t = t.replace('h(', 'g(').replace('r1', 'r2')").stderr


def test_retiring_needs_a_reason_and_keeps_it(program: Program):
    assert program("patterns", "retire", BUILT_IN).code == 2
    assert "--reason is empty" in program("patterns", "retire", BUILT_IN, "--reason", " ").said
    near = program("patterns", "retire", BUILT_IN + "x", "--reason", "x")
    assert near.code == 2 and BUILT_IN in near.said
    ended = program("patterns", "retire", BUILT_IN, "--reason", "not\tneeded\nany more")
    assert ended.code == 0 and "remove it to take that back" in ended.stderr
    shown = program("patterns", "show", BUILT_IN, "--json").json
    assert shown["status"] == "retired" and "not needed any more" in shown["text"]
    assert not program("patterns", "retire", BUILT_IN, "--reason", "twice", "--json").json["changed"]


def test_an_exported_library_comes_in_elsewhere_with_its_evidence(program: Program, tmp_path: Path):
    shared, other = tmp_path / "shared", Program(tmp_path / "other")
    file = program.data / "patterns" / "own" / "one.adapt"
    file.parent.mkdir(parents=True)
    file.write_text(pattern("own/one"))
    assert program("patterns", "review", "own/one", "--by", "Ada").code == 0
    out = program("patterns", "export", "--to", shared, "--json").json
    assert (out["added"], out["evidence"]) == (["own/one"], {"own/one": 1})
    again = program("patterns", "export", "--to", shared, "--json").json
    assert (again["unchanged"], again["added"], again["evidence"]) == (["own/one"], [], {})

    taken = other("patterns", "import", shared, "--json")
    assert taken.code == 0 and (taken.json["added"], taken.json["evidence"]) == (["own/one"], {"own/one": 1})
    assert other("patterns", "show", "own/one", "--json").json["reviewers"] == ["Ada"]
    twice = other("patterns", "import", shared / "own" / "one.adapt", "--json").json
    assert (twice["unchanged"], twice["evidence"]) == (["own/one"], {}), "the evidence beside it, without doubles"

    assert other("patterns", "review", "own/one", "--by", "Grace").code == 0
    assert other("patterns", "export", "own/one", "--to", shared, "--json").json["evidence"] == {"own/one": 1}
    assert program("patterns", "import", shared, "--json").json["evidence"] == {"own/one": 1}
    assert set(program("patterns", "show", "own/one", "--json").json["reviewers"]) == {"Ada", "Grace"}

    file.write_text(pattern("own/one", new="h($X)"))
    clash = program("patterns", "export", "--to", shared)
    assert clash.code == 2 and "holds another text" in clash.stderr and "g($X)" in (shared / "own/one.adapt").read_text()
    file.write_text(pattern("own/one", new="h($X)", revision=2))
    assert program("patterns", "export", "--to", shared, "--json").json["updated"] == ["own/one"]
    assert other("patterns", "import", shared, "--json").json["updated"] == ["own/one"]
    assert "h($X)" in other("patterns", "show", "own/one").stdout


def test_an_import_takes_what_is_new_and_says_why_not_the_rest(program: Program):
    shared = program.root / "shared"
    shared.mkdir()
    for name, text in {
        "good": pattern("own/good"), "renamed": pattern("own/renamed").replace("$X", "$Y"),
        "narrow": pattern("own/narrow", "f(a)", "g(a)"), "other": pattern("own/other", new="h($X)"),
        "broken": pattern("own/broken").replace("risk exact", "risk none"), "id": pattern("own/../../x"),
        "sample": pattern("own/sample", old="k($X)").replace("--- after\nfrom m import f, g, h\ng(a)", "--- after\nx = 1"),
        "taken": pattern(BUILT_IN, old="k($X)")}.items():
        (shared / f"{name}.adapt").write_text(text)
    (shared / "huge.adapt").write_bytes(b"x" * (3 << 20))
    (shared / "stray.evidence.tsv").write_text("no evidence\n")
    ended = program("patterns", "import", shared, "--json")
    assert ended.code == 2 and set(ended.json["added"]) == {"own/good", "own/other"}
    why = {Path(row["what"]).name: row["why"] for row in ended.json["refused"]}
    assert set(why) == {f"{n}.adapt" for n in ("renamed", "narrow", "broken", "id", "sample", "taken", "huge")} | {
        "stray.evidence.tsv"}
    assert "own/good makes the same edits" in why["renamed.adapt"]
    assert "own/good does the same" in why["narrow.adapt"]
    assert "broken.adapt:4: unknown risk 'none'" in why["broken.adapt"]
    assert "id.adapt:1: expected 'pattern <family>/<name>" in why["id.adapt"]
    assert "sample.adapt:8: sample 'one' comes out differently" in why["sample.adapt"]
    assert "r2 would replace it" in why["taken.adapt"]
    assert "line 1" in why["stray.evidence.tsv"]
    assert own_files(program) == {"own/good.adapt", "own/other.adapt"}
    text = program("patterns", "import", shared)
    assert text.code == 2 and "unchanged  own/good" in text.stdout and "broken.adapt:4" in text.stderr


def test_a_pattern_that_covers_an_older_one_of_the_user_says_so(program: Program):
    first, second = program.write("narrow.adapt", pattern("own/narrow", "f(a)", "g(a)")), program.write("wide.adapt", pattern("own/wide"))
    assert program("patterns", "import", first).code == 0
    wide = program("patterns", "import", second, "--json")
    assert wide.code == 0 and wide.json["added"] == ["own/wide"] and "agent patterns retire own/narrow" in wide.json["notes"][0]
    proposed = program("patterns", "proposals")
    assert "own/narrow: own/wide does the same" in proposed.stdout


def test_paths_that_are_not_there_change_nothing(program: Program):
    good = program.write("good.adapt", pattern("own/good"))
    for path, said in [(program.root / "nothing", "no such file"), (program.write("x.txt", "x"), "neither a pattern")]:
        ended = program("patterns", "import", good, path)
        assert ended.code == 2 and said in ended.said
    empty = program.root / "empty"
    empty.mkdir()
    assert "there is no *.adapt" in program("patterns", "import", empty).said
    assert "own/good" not in ids(program)
    assert "your library is empty" in program("patterns", "export", "--to", program.root / "out").said


def test_a_library_folder_that_cannot_be_written_is_one_clear_error(program: Program):
    """A file in place of the folder, since permissions do not hold back root."""
    program.data.mkdir()
    (program.data / "patterns").write_text("a file")
    good = program.write("good.adapt", pattern("own/good"))
    for command in (("new", "own/thing"), ("retire", BUILT_IN, "--reason", "x"), ("import", good),
                    ("review", BUILT_IN, "--by", "Ada")):
        ended = program("patterns", *command)
        assert ended.code == 6 and ended.said.startswith("agent: cannot create the folder"), (command, ended.stderr)
    assert (program.data / "patterns").read_text() == "a file"
    target = program.write("target", "a file")
    assert program("patterns", "export", BUILT_IN, "--to", target).code == 6


def test_writers_at_once_all_land_and_of_two_for_one_id_one_is_told(program: Program):
    files = [program.write(f"p{i}.adapt", pattern(f"own/p{i}", old=f"f{i}($X)").replace("import f,", f"import f{i},")) for i in range(6)]
    running = [program.start("patterns", "import", file) for file in files]
    running += [program.start("patterns", "new", "own/same") for _ in range(4)]
    codes = []
    for process in running:
        process.communicate(timeout=60)
        codes.append(process.returncode)
    assert codes[:6] == [0] * 6 and sorted(codes[6:]) == [0, 2, 2, 2]
    assert {f"own/p{i}" for i in range(6)} <= ids(program)
    assert own_files(program) == {f"own/p{i}.adapt" for i in range(6)} | {"own/same.adapt"}
