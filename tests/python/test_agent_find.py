"""`agent patterns find` and `agent lint`: what they print for people, programs and review tools, and how they end."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from agent_program import AGENT, WITHOUT_AGENT

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)

SOURCE = '''import torch


class Model:
    def mask(self, x):
        return torch.finfo(x.dtype).min

    def pick(self, x, mask, y):
        return x.masked_scatter(mask, y)
'''


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "model é.py").write_text(SOURCE)
    (tmp_path / "package" / "other.py").write_text("x = 1\n")
    return tmp_path


def run(tree: Path, *words: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tree / "cache"), "XDG_CONFIG_HOME": str(tree / "config"),
                   "ADAPT_DATA_FOLDER": str(tree / "data")}
    return subprocess.run([AGENT, *words], cwd=tree, env=environment, capture_output=True, text=True, timeout=120)


def test_code_is_found_and_shown_with_its_line(tree):
    done = run(tree, "patterns", "find", "--code", "torch.finfo($A).min", "package")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "package/model é.py:6:16: torch.finfo($A).min\n        return torch.finfo(x.dtype).min\n"
    assert done.stderr.startswith("1 site of 1 pattern in 1 file; 2 files ")
    assert list((tree / "cache" / "adapt" / "words").glob("*.words"))


def test_json_is_one_object_a_line(tree):
    (tree / "package" / "broken.py").symlink_to("nowhere")
    done = run(tree, "patterns", "find", "--code", "torch.finfo($A).min", "package", "--json", "--quiet")
    site, skipped = [json.loads(line) for line in done.stdout.splitlines()]
    data = SOURCE.encode()
    assert data[site["begin"]:site["end"]].decode() == site["text"] == "torch.finfo(x.dtype).min"
    assert (site["file"], site["line"], site["column"]) == ("package/model é.py", 6, 16)
    assert site["function"] == {"name": "Model.mask", "line": 5, "end_line": 6}
    assert skipped == {"file": "package/broken.py", "skipped": "No such file or directory"}
    assert done.stderr == ""


def check_sarif(log: dict) -> list[dict]:
    """What SARIF 2.1.0 requires of the parts that are used; the results."""
    assert log["version"] == "2.1.0"
    (one,) = log["runs"]
    rules = one["tool"]["driver"]["rules"]
    assert one["tool"]["driver"]["name"] == "agent"
    assert one["columnKind"] == "unicodeCodePoints"
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["shortDescription"]["text"]
    for result in one["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"] and result["level"] in ("note", "warning")
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"].isascii() and " " not in place["artifactLocation"]["uri"]
        assert min(place["region"][key] for key in ("startLine", "startColumn", "endLine", "endColumn")) >= 1
    assert one["invocations"][0]["executionSuccessful"] is True
    return one["results"]


def test_sarif_has_rules_and_results(tree):
    done = run(tree, "patterns", "find", "--all", "package", "--sarif")
    results = check_sarif(json.loads(done.stdout))
    assert [result["ruleId"] for result in results] == ["index/masked-scatter-by-rank"]
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "package/model%20%C3%A9.py"


def test_a_pattern_of_the_library_is_found_by_its_id(tree):
    done = run(tree, "patterns", "find", "index/masked-scatter-by-rank", "package/model é.py", "--json", "--quiet")
    assert [json.loads(line)["line"] for line in done.stdout.splitlines()] == [9]


@pytest.mark.parametrize("words, says", [
    (["index/masked-scatter-by-rnak", "package"], "did you mean 'index/masked-scatter-by-rank'?"),
    (["--code", "x = (", "package"], "--code 'x = ('"),
    (["--code", "$X", "package"], "only a metavariable"),
    (["--all", "package", "nowhere"], "there is no file or folder 'nowhere'"),
    (["--all"], "name a file or folder to search"),
    ([], "name a pattern"),
    (["--all", "--code", "f()", "package"], "cannot be meant together"),
])
def test_what_cannot_be_meant_is_one_line_and_exit_code_two(tree, words, says):
    done = run(tree, "patterns", "find", *words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr and done.stderr.count("\n") == 1


def write_precision(tree: Path, rows: str) -> None:
    (tree / "data" / "patterns").mkdir(parents=True)
    (tree / "data" / "patterns" / "precision.tsv").write_text("pattern\tbackend\tsites\tfailed\n" + rows)


def test_lint_reports_rules_that_were_measured_well_enough(tree):
    write_precision(tree, "index/masked-scatter-by-rank\tiree\t10\t6\nindex/masked-scatter-by-rank\texport\t10\t4\n")
    done = run(tree, "lint", "package", "--backend", "iree")
    assert done.returncode == 1, done.stderr
    assert "model é.py:9:16: index/masked-scatter-by-rank" in done.stdout
    assert "(failed at 6 of 10 known places)" in done.stdout
    assert run(tree, "lint", "package", "--backend", "iree", "--confidence", "0.7").returncode == 0
    assert run(tree, "lint", "package", "--backend", "export").returncode == 0
    assert run(tree, "lint", "package", "--backend", "export", "--all-rules").returncode == 1
    results = check_sarif(json.loads(run(tree, "lint", "package", "--backend", "iree", "--sarif").stdout))
    assert [result["level"] for result in results] == ["warning"]
    found = json.loads(run(tree, "lint", "package", "--backend", "iree", "--json").stdout)
    assert (found["sites"], found["failed"]) == (10, 6)


def test_lint_names_what_was_measured(tree):
    done = run(tree, "lint", "package", "--backend", "ireee")
    assert done.returncode == 2 and "did you mean 'iree'?" in done.stderr
    assert run(tree, "lint", "package", "--backend", "iree", "--confidence", "1.5").returncode == 2
    write_precision(tree, "index/masked-scatter-by-rank\tiree\t1\t2\n")
    done = run(tree, "lint", "package", "--backend", "iree")
    assert done.returncode == 2 and "precision.tsv:2:" in done.stderr


def test_shipped_precision_belongs_to_shipped_patterns(tree):
    known = {json.loads(line)["id"] for line in run(tree, "patterns", "list", "--json").stdout.splitlines()}
    table = Path(__file__).resolve().parents[2] / "patterns" / "library" / "precision.tsv"
    rows = [line.split("\t") for line in table.read_text().splitlines() if not line.startswith("#")][1:]
    assert rows and {row[0] for row in rows} <= known
