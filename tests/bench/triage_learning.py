"""Learns what words say of a failure beyond the signatures: a linear model, by gradient descent on log loss.

The features and the signatures' own opinion come from the C++ (`bench_triage features`), and the C++ judges with what is
learned here, so that what is measured is what is shipped. Reasons that differ only in numbers count once, by the
logarithm of how often they occur. Deterministic: no chance in it.
"""

from __future__ import annotations

import csv
import json
import math
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LABELS = ROOT / "tests" / "data" / "triage" / "reasons.csv"
WEIGHTS = ROOT / "agent" / "triage" / "data" / "weights.tsv"
EPOCHS, RATE, DECAY = 150, 0.5, 0.01
LEAST_WEIGHT = {"category": 0.15, "bringup": 0.4}  # smaller ones are not written: a table is at most 64 KiB
NUMBER, PAGE = re.compile(r"\d+(?:\.\d+)?"), re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Row:
    reason: str
    bringup: str  # may be empty
    category: str
    origin: str

    @property
    def group(self) -> str:
        """Rows of one group say the same but for numbers and addresses: never split between learning and judging."""
        return re.sub(r"[^a-z#_.]+", " ", NUMBER.sub("#", PAGE.sub("", self.reason.lower()))).strip(" .")


def read_rows(path: Path = LABELS) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [Row(" ".join(row["reason"].split()), row["bringup_status"], row["category"], row["origin"])
                for row in csv.DictReader(file)]


def ask(program: Path, words: list[str], reasons: list[str]) -> list[dict]:
    done = subprocess.run([program, *words], input="".join(reason + "\n" for reason in reasons), capture_output=True,
                          text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@dataclass
class Example:
    words: list[str]
    prior: dict[str, float]
    label: str
    weight: float


def examples(rows: list[Row], seen: dict[str, dict], head: str) -> list[Example]:
    label = {"category": lambda row: row.category, "bringup": lambda row: row.bringup}[head]
    # Words decide the category only where no signature is sure, so they learn it as if there were none.
    prior = {"category": lambda said: {}, "bringup": lambda said: said["bringups"]}[head]
    kinds = Counter((row.group, label(row)) for row in rows if label(row))
    first = {(row.group, label(row)): row for row in reversed(rows)}
    return [Example(seen[first[kind].reason]["words"], prior(seen[first[kind].reason]), kind[1], 1 + math.log(count))
            for kind, count in sorted(kinds.items())]


def descend(data: list[Example], least: float) -> dict[tuple[str, str], float]:
    """Weights by word and class that make the labels likely, on top of what the signatures say."""
    classes = sorted({example.label for example in data})
    weights: dict[str, dict[str, float]] = {}
    for epoch in range(EPOCHS):
        rate = RATE / (1 + 3 * epoch / EPOCHS)
        for example in data:
            scale = 1 / math.sqrt(len(example.words) or 1)
            scores = {name: example.prior.get(name, 0.0) for name in classes}
            for word in example.words:
                for name, weight in weights.get(word, {}).items():
                    scores[name] += weight
            top = max(scores.values())
            odds = {name: math.exp(score - top) for name, score in scores.items()}
            total = sum(odds.values())
            for name in classes:
                error = (1.0 if name == example.label else 0.0) - odds[name] / total
                if abs(error) < 0.01:
                    continue
                step = rate * error * example.weight * scale / 4
                for word in example.words:
                    own = weights.setdefault(word, {})
                    own[name] = own.get(name, 0.0) * (1 - rate * DECAY) + step
    return {(word, name): weight for word, own in weights.items() for name, weight in own.items()
            if abs(weight) >= least}


def learn(rows: list[Row], seen: dict[str, dict]) -> str:
    """The table that the C++ reads."""
    lines = ["# What labelled reasons taught. head, word, class, weight"]
    for head in ("category", "bringup"):
        learned = descend(examples(rows, seen, head), LEAST_WEIGHT[head])
        lines += [f"{head}\t{word}\t{name}\t{weight:.2f}" for (word, name), weight in sorted(learned.items())]
    return "\n".join(lines) + "\n"
