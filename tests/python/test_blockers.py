"""Planted blockers: each model fails as its case says, no built-in repair helps, and its own repair is verified."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
import torch
from adapt_harness import backends
from agent_program import AGENT, SOAK, WITHOUT_AGENT, WITHOUT_SOAK, Program
from blocker_corpus import FILES, ROOT, Case, applied, cases, folders

CASES = cases()
IN_EVERY_TEST = ("tensor_while_01_halting",)
LEAST_CASES, LEAST_KINDS, LEAST_BACKENDS = 36, 14, 5
MOST_CHANGED_LINES = 40
SEEDS = (0, 1, 7, 1234567)

# An honest repair computes the model on the backend: it needs no host, no test for a compiler, no other numbers. What the
# model has already may stay or move.
FORBIDDEN = re.compile(
    r"is_compiling|is_exporting|is_tracing|is_scripting|torch\.compiler|torch\._|\bnumpy\b|\bnp\.|\.cpu\(|\.half\(|bfloat16"
    r"|float16|nan_to_num|\btry\b|\bexcept\b|getattr|setattr|__|\bid\(|\bhash\(|data_ptr|\bopen\(|\beval\(|\bexec\("
    r"|\bimport (?!math\b)|\brand|Generator\(|\.item\(|load_state_dict|lru_cache"
)

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def test_there_are_enough_cases_of_enough_kinds():
    assert len(CASES) >= LEAST_CASES
    assert len({case.kind for case in CASES}) >= LEAST_KINDS
    assert len({case.backend for case in CASES}) >= LEAST_BACKENDS
    assert len({case.about for case in CASES}) == len({case.model.read_text("utf-8") for case in CASES}) == len(CASES)


def test_every_case_has_its_files_and_its_name():
    for folder in folders():
        assert {path.name for path in folder.iterdir() if path.name != "__pycache__"} == FILES, folder.name
    for case in CASES:
        assert re.fullmatch(rf"{case.kind}_\d\d_[a-z]+", case.name), case.name
        assert case.backend in backends.names(), case.name
        assert case.about.endswith(".") and "\n" not in case.about, case.name
        ast.parse(case.model.read_text("utf-8"))


def test_the_readme_counts_what_is_there():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert {kind: int(count) for kind, count in rows} == Counter(case.kind for case in CASES)
    assert len(rows) == len({kind for kind, _ in rows})


@every_case
def test_a_repair_is_small_and_changes_the_model_alone(case: Case):
    text, repaired = case.model.read_text("utf-8"), case.repaired()
    changed = [row for row in case.repair.read_text("utf-8").splitlines()[2:] if row[:1] in ("-", "+")]
    assert 0 < len(changed) <= MOST_CHANGED_LINES
    assert Counter(FORBIDDEN.findall(repaired)) - Counter(FORBIDDEN.findall(text)) == Counter()
    before, after = definitions(text), definitions(repaired)
    assert before["load_inputs"] == after["load_inputs"] and before["load_model"] == after["load_model"]


@every_case
def test_a_repair_computes_the_same_in_eager_mode(case: Case, tmp_path: Path):
    before = module_of(case.model.read_text("utf-8"), tmp_path / f"{case.name}_before.py")
    after = module_of(case.repaired(), tmp_path / f"{case.name}_after.py")
    old, again, new = before.load_model().eval(), before.load_model().eval(), after.load_model().eval()
    assert_same_numbers(dict(old.named_parameters()), dict(again.named_parameters()), 0)
    assert_same_numbers(dict(old.named_parameters()), dict(new.named_parameters()), 0)
    seen = []
    with torch.no_grad():
        for seed in SEEDS:
            ours, theirs = outputs(old, before.load_inputs(seed=seed)), outputs(new, after.load_inputs(seed=seed))
            assert_same_numbers(ours, theirs, 2e-5)
            seen.append(ours)
    assert any(not torch.equal(seen[0][name], other[name]) for other in seen[1:] for name in seen[0]), "a constant"


@pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)
@every_case
def test_only_its_own_repair_adapts_a_blocked_model(case: Case, tmp_path: Path):
    if case.name not in IN_EVERY_TEST and not SOAK:
        pytest.skip(WITHOUT_SOAK)
    program, backend = Program(tmp_path), ("--backend", case.backend, "--json", "--quiet")
    alone = program("adapt", case.model, *backend, seconds=600).json
    assert alone["outcome"] == "not_adapted", alone["repairs"]
    assert (alone["failure"]["stage"], alone["failure"]["class"]) == (case.stage, case.failure)

    given = program("adapt", case.model, "--patch", case.repair, *backend, seconds=600).json
    assert (given["outcome"], given["level"]) == ("adapted", "L5"), given["reason"]
    assert "patch" in [repair["kind"] for repair in given["repairs"]]


def test_a_diff_that_does_not_fit_is_refused():
    head, text = "--- a/model.py\n+++ b/model.py\n", "a\nb\nc\n"
    assert applied(text, head + "@@ -1,2 +1,3 @@\n a\n-b\n+x\n+y\n") == "a\nx\ny\nc\n"
    assert applied(text, head + "@@ -3 +3 @@\n-c\n+d\n") == "a\nb\nd\n"
    for body, said in [
        ("@@ -1,2 +1,2 @@\n a\n-z\n+x\n", "line 2 is not 'z'"),
        ("@@ -3,2 +3,1 @@\n c\n-d\n", "line 4 is not 'd'"),
        ("@@ -1,2 +1,2 @@\n a\n", "not whole"),
        ("b\n", "no hunk"),
        ("@@ -1 +1 @@\n*a\n", "cannot hold"),
    ]:
        with pytest.raises(ValueError, match=re.escape(said)):
            applied(text, head + body)
    with pytest.raises(ValueError, match="not one of model.py"):
        applied(text, "--- a/other.py\n+++ b/other.py\n")


def definitions(text: str) -> dict[str, str]:
    """The functions at the top level of a file, by name, without their layout."""
    return {node.name: ast.dump(node) for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}


def module_of(text: str, path: Path) -> ModuleType:
    """A file is needed: torch.jit.script reads the source of what it compiles."""
    path.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def outputs(model: torch.nn.Module, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    found = model(**inputs)
    if isinstance(found, torch.Tensor):
        found = (found,)
    return dict(found) if isinstance(found, dict) else {str(place): tensor for place, tensor in enumerate(found)}


def assert_same_numbers(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor], tolerance: float) -> None:
    """Equal names, dtypes and shapes; floating numbers differ by at most `tolerance` of the largest."""
    assert list(ours) == list(theirs)
    for name in ours:
        left, right = ours[name].detach(), theirs[name].detach()
        assert (left.dtype, left.shape) == (right.dtype, right.shape), name
        assert torch.isfinite(left.double()).all(), name
        limit = tolerance * float(left.double().abs().max()) if left.is_floating_point() else 0.0
        assert float((left.double() - right.double()).abs().max()) <= limit, name
