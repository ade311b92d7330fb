"""The corpus of the miner is what its notes and its README say."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

CHECK = Path(__file__).resolve().parents[1] / "corpus" / "mining" / "check.py"


def load_check():
    spec = importlib.util.spec_from_file_location("mining_check", CHECK)
    module = importlib.util.module_from_spec(spec)
    # dataclasses look their module up while the file runs
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


check = load_check()


def test_every_family_matches_its_notes():
    assert [problem for family in check.families() for problem in check.check_family(family)] == []


def test_untouched_files_are_single_and_parse():
    assert check.check_untouched() == []


def test_the_table_counts_what_is_there():
    assert len(check.families()) >= check.LEAST_FAMILIES
    assert check.check_readme() == []


def test_no_two_files_are_near_duplicates():
    assert check.check_similarity() == []


def test_an_undeclared_change_is_found(tmp_path: Path):
    folder = tmp_path / "family" / "01_x"
    folder.mkdir(parents=True)
    (folder / "before.py").write_text("import torch\n\n\n\n\nx = torch.ones(2)\ny = 1\nz = 2\nw = 3\nv = 4\n")
    (folder / "after.py").write_text("import torch\n\n\n\n\nx = torch.zeros(2)\ny = 1\nz = 2\nw = 3\nv = 5\n")
    note = check.Note("01_x", (check.Site(6, 6, "1"),), (8,))
    assert check.check_pair(folder, note) == ["family/01_x: lines [10] change without a site in the notes"]


def test_a_look_alike_that_changes_is_found(tmp_path: Path):
    folder = tmp_path / "family" / "01_x"
    folder.mkdir(parents=True)
    (folder / "before.py").write_text("a = 1\nb = 2\n")
    (folder / "after.py").write_text("a = 3\nb = 4\n")
    note = check.Note("01_x", (check.Site(1, 1, "1"),), (2,))
    assert check.check_pair(folder, note) == ["family/01_x: the look-alike of line 2 changes"]
