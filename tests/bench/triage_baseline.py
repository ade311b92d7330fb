"""The baseline of triage: the first row of tt-xla's classifier whose matchers hold, as tests/data/triage/first_match.csv.

A matcher is an expression over M.contains, M.equals, M.starts_with, M.regex, M.any, M.neg and M.last_line; it is read as
a syntax tree, never executed. A reason holds no stack, so matchers of the error log are taken to hold when they ask for
files or last lines, and are otherwise asked of the reason. Statuses follow from the category.
"""

from __future__ import annotations

import ast
import csv
import json
import re
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "data" / "triage" / "first_match.csv"
CATEGORIES = Path(__file__).resolve().parents[2] / "agent" / "triage" / "data" / "categories.tsv"


def holds(node: ast.expr, text: str) -> bool:
    name = node.func.attr
    if name == "any":
        return any(holds(argument, text) for argument in node.args)
    if name == "neg":
        return not holds(node.args[0], text)
    if name == "last_line":
        return True
    wanted = node.args[0].value
    if name == "regex":
        return re.search(wanted, text) is not None
    if name == "equals":
        return text == wanted
    return text.startswith(wanted) if name == "starts_with" else wanted in text


def asks_for_stack(source: str) -> bool:
    return "last_line" in source or ".py" in source or "lib/" in source or "'>  " in source


class FirstMatch:
    def __init__(self) -> None:
        self.bringup = {cells[0]: cells[2] for cells in (line.split("\t") for line in CATEGORIES.read_text("utf-8").splitlines())
                        if len(cells) == 6}
        self.rows = []
        with FILE.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                sources = json.loads(row["message_matchers"] or "[]")
                sources += [source for source in json.loads(row["error_log_matchers"] or "[]") if not asks_for_stack(source)]
                other = json.loads(row["other_fields"] or "{}")
                for stream in ("stdout", "stderr"):
                    if stream in other:
                        sources += re.findall(r"M\.(?:neg\()?.*?\)+(?=, M\.|\]$)", other[stream])
                if sources:
                    self.rows.append((row["category"], [ast.parse(source, mode="eval").body for source in sources]))

    def judge(self, reason: str) -> dict:
        bare = re.sub(r"^\s*\w+(?:Error|Exception): ", "", reason)  # the class is a field of its own
        bare = re.sub(r"\s*-?\s*https?://\S+", "", bare).strip()
        for category, matchers in self.rows:
            if all(holds(matcher, bare) for matcher in matchers):
                category = self.memory(bare) if category.startswith("OOM by") else category
                return {"category": category, "bringup_status": self.bringup.get(category, "UNKNOWN")}
        return {"category": "", "bringup_status": "UNKNOWN"}

    @staticmethod
    def memory(text: str) -> str:
        if "circular buffers" in text:
            return "L1_CB_OVERFLOW"
        if "Error code: 13" in text:
            return "OOM_UNSPEC"
        return "OOM_DRAM" if "DRAM" in text else "OOM_L1"
