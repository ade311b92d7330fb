"""What tests/soak/lint_precision.py counts as a site, and as a failure there."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "soak"))

from lint_precision import Site, measure, read_logs  # noqa: E402


def row(name: str, backend: str, place: str, outcome: str = "not_adapted") -> dict:
    return {"class": name, "backend": backend, "outcome": outcome, "found": ["compile", place]}


FILES = {"A": "a.py", "B": "a.py", "C": "c.py"}
SITES = [Site("p", "a.py", 10, 5, 9), Site("p", "a.py", 90, 20, 30), Site("p", "c.py", 10, 5, 9), Site("q", "c.py", 1, 1, 1)]


def test_a_failure_within_the_function_of_a_site_counts_it():
    assert measure([row("A", "x", "a.py:9")], SITES, FILES) == {("p", "x"): [2, 1]}
    assert measure([row("A", "x", "a.py:10")], SITES, FILES) == {("p", "x"): [2, 0]}
    assert measure([row("A", "x", "c.py:6")], SITES, FILES) == {("p", "x"): [2, 0]}


def test_sites_count_once_for_all_classes_of_a_file_and_apart_by_backend():
    rows = [row("A", "x", "a.py:5"), row("B", "x", "a.py:25"), row("C", "x", "None:None", "works"), row("A", "y", "None:None", "works")]
    assert measure(rows, SITES, FILES) == {("p", "x"): [3, 2], ("q", "x"): [1, 0], ("p", "y"): [2, 0]}


def test_only_runs_with_a_verdict_are_read(tmp_path):
    log = tmp_path / "log.jsonl"
    rows = [row("A", "x", "a.py:5"), row("A", "x", "a.py:5", "inconclusive"), {"kind": "honest", "case": "b", "outcome": "works"},
            {"model": "transformers:C", "backend": "x", "outcome": "works", "found": [None, "None:None"]}]
    log.write_text("".join(json.dumps(one) + "\n" for one in rows))
    assert [one.get("class", one.get("model")) for one in read_logs([log])] == ["A", "transformers:C"]
