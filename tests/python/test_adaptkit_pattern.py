"""Pattern, library, apply and mine: what ships works, complaints have lines, and learned patterns give edits back."""

import copy
import pickle
from pathlib import Path

import adaptkit_module
import pytest

adaptkit = adaptkit_module.load()
Document, Error, Pattern = adaptkit.Document, adaptkit.Error, adaptkit.Pattern

TEXT = """pattern scan/widen r3
title   Count in 64 bits
status  trial
risk    guarded
assume  the sum fits
why     Because.

[vars]
M: expr; not text ~ int64

[edit cast]
- torch.cumsum($M, dim=$D)
+ torch.cumsum($M.to(torch.int64), dim=$D)

[sample change first]
--- before
import torch
p = torch.cumsum(mask, dim=1)
--- after
import torch
p = torch.cumsum(mask.to(torch.int64), dim=1)

[sample change method]
--- before
import torch
p = x.cumsum(1)
--- after
import torch
p = torch.cumsum(x.to(torch.int64), dim=1)

[sample keep done]
import torch
p = torch.cumsum(mask.to(torch.int64), dim=1)

[sample keep other]
import torch
p = torch.cumprod(mask, dim=1)
"""

BEFORE = "import torch\n\n\ndef {0}({1}):\n    {2} = torch.triu({1})\n    return {2} + torch.tril({1})\n"
AFTER = BEFORE.replace("torch.triu({1})", "upper_part({1}, diagonal=1)").replace(
    "import torch\n", "import torch\nfrom parts import upper_part\n")


def line_of(text: str) -> int:
    return TEXT[: TEXT.index(text)].count("\n") + 1


def test_a_pattern_is_read_and_its_samples_come_out():
    pattern = Pattern.parse(TEXT)
    assert (pattern.id, pattern.revision, pattern.title) == ("scan/widen", 3, "Count in 64 bits")
    assert (pattern.status, pattern.risk, pattern.why) == ("trial", "guarded", "Because.")
    assert pattern.assumptions == ["the sum fits"] and pattern.text == TEXT
    assert [(s.name, s.changes) for s in pattern.samples] == [
        ("first", True), ("method", True), ("done", False), ("other", False)]
    assert pattern.check_samples() == []
    wrong = Pattern.parse(TEXT.replace("p = torch.cumsum(x.to(torch.int64), dim=1)", "p = 1")).check_samples()
    assert [(failure.sample, failure.line) for failure in wrong] == [("method", line_of("[sample change method]"))]
    assert "-p = 1\n" in wrong[0].diff


def test_the_built_in_library_is_there_and_works():
    library = adaptkit.library()
    assert len(library) > 20
    for id, pattern in library.items():
        assert pattern.id == id and pattern.check_samples() == []
        if "\nfact " in pattern.text:  # what a run told decides those samples, and apply() knows no run
            continue
        for sample in pattern.samples:
            applied = adaptkit.apply(pattern, sample.before, module=sample.module)
            assert applied.text == sample.after, (id, sample.name)


def test_patterns_are_loaded_by_id_and_from_files(tmp_path):
    id = next(iter(adaptkit.library()))
    assert Pattern.load(id).id == id
    file = tmp_path / "widen.adapt"
    file.write_text(TEXT)
    assert Pattern.load(file).id == Pattern.load(str(file)).id == "scan/widen"


def test_applying_says_what_was_done():
    pattern = Pattern.parse(TEXT)
    before = "import torch\n\n\ndef f(é):\n    a = torch.cumsum(é, dim=0)  # keep\n    return x.cumsum(1)\n"
    applied = pattern.apply(Document(before, "m.py"))
    assert applied.text == ("import torch\n\n\ndef f(é):\n    a = torch.cumsum(é.to(torch.int64), dim=0)  # keep\n"
                            "    return torch.cumsum(x.to(torch.int64), dim=1)\n")
    assert applied.sites == [("cast", 5, "f"), ("cast", 6, "f")] and applied.refused == []
    assert applied.edits.apply(before) == applied.text and applied.edits.name == "m.py"
    assert applied.diff == applied.edits.diff(before) and applied.diff.startswith("--- a/m.py\n")
    assert pattern.apply(before.encode()).text == applied.text.encode()
    again = pattern.apply(applied.text)
    assert (again.text, again.sites, again.diff, len(again.edits)) == (applied.text, [], "", 0)


def test_places_that_are_refused_are_told():
    pattern = Pattern.parse("pattern t/x r1\ntitle T\nrisk exact\n[edit cast]\n- f($X)\n+ max(f(0), $X)\n")
    applied = pattern.apply("import torch\np = f(mask)\n")
    assert applied.sites == [] and applied.diff == ""
    (refusal,) = applied.refused
    assert (refusal.edit, refusal.line) == ("cast", 2) and "second application" in refusal.reason


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: Pattern.parse(TEXT.replace("[edit cast]", "[eddit cast]"), "x.adapt"),
         r"x\.adapt:11: .*eddit.*did you mean 'edit'\?"),
        (lambda: Pattern.parse(TEXT.replace("risk    guarded", "risk    exakt")), r"<pattern>:4: .*exakt.*'exact'"),
        (lambda: Pattern.parse(""), "<pattern>"),
        (lambda: Pattern.parse(b"\xff\xfe\x00"), "<pattern>"),
        (lambda: Pattern.load(next(iter(adaptkit.library())) + "s"), r"unknown pattern '.*'; did you mean '"),
        (lambda: Pattern.load("missing.adapt"), r"missing\.adapt"),
        (lambda: Pattern.load(Path("/")), "/"),
        (lambda: adaptkit.mine([]), "do not differ"),
        (lambda: adaptkit.mine([("a = 1\n", "a = 1\n")]), "the examples do not differ in code"),
        (lambda: adaptkit.mine([(BEFORE.format("f", "x", "y"), AFTER.format("f", "x", "y"))], id="no family"),
         "no family"),
    ],
)
def test_what_cannot_be_meant_is_an_error_that_says_so(ask, message):
    with pytest.raises(Error, match=message):
        ask()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: Pattern(),
        lambda: Pattern.parse(3),
        lambda: Pattern.load(3),
        lambda: Pattern.load(None),
        lambda: adaptkit.apply(TEXT, "x"),
        lambda: adaptkit.apply(Pattern.parse(TEXT)),
        lambda: Pattern.parse(TEXT).apply(None),
        lambda: Pattern.parse(TEXT).apply("x", module=3),
        lambda: adaptkit.mine(None),
        lambda: adaptkit.mine([("a", "b", "c")]),
        lambda: adaptkit.mine(["ab"]),
        lambda: adaptkit.mine([("a", 3)]),
        lambda: adaptkit.mine([("a", "b")], ident="x/y"),
        lambda: Pattern.__new__(Pattern).id,
        lambda: copy.copy(Pattern.parse(TEXT)),
        lambda: pickle.dumps(Pattern.parse(TEXT)),
    ],
)
def test_wrong_types_are_type_errors(ask):
    with pytest.raises(TypeError):
        ask()


def test_what_was_mined_does_elsewhere_what_it_was_shown():
    names = [("first", "x", "a"), ("second", "mask", "kept"), ("third", "weights", "out")]
    mined = adaptkit.mine([(BEFORE.format(*n), AFTER.format(*n)) for n in names[:2]], id="shape/upper", title="Upper",
                          when=["backend  onnxruntime"], why=["It is quicker."])
    assert mined.replay == (2, 2, 2, 0, 0, []) and mined.rules == 1
    assert mined.pattern.id == "shape/upper" and mined.pattern.text == mined.text
    assert "backend  onnxruntime" in mined.text and mined.pattern.why == "It is quicker."
    assert mined.pattern.apply(BEFORE.format(*names[2])).text == AFTER.format(*names[2])


def test_a_pair_that_does_not_change_shows_what_must_stay():
    stays = "import torch\n\n\ndef f(x):\n    return torch.triu(x)\n"
    before, after = stays.replace("triu(x)", "triu(x, 1)"), stays.replace("triu(x)", "triu(x, 2)")
    pattern = adaptkit.mine(zip([before, stays], [after, stays], strict=True)).pattern
    assert pattern.apply(stays).text == stays
    assert pattern.apply(before).text == after
