"""What can be set for a backend, and which of it is a rung of its ladder: the tables in `options/`.

They are read by the engine too (`harness/client/option_table.h`), which refuses what is not in them. `ladders.tsv` is
ours alone: its rungs reach the engine with the probe.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapt_harness.backends.base import Option

_HERE = Path(__file__).resolve().parent
_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


@dataclass(frozen=True)
class Row:
    backends: tuple[str, ...]
    name: str
    scope: str
    key: str
    type: str
    default: str
    values: str
    costs: dict[str, str]  # value, or "*" for any but the default -> level it is capped at, or ""
    concession: str
    since: str
    until: str
    effect: str

    def value(self, text: str) -> Any:
        """Raises ValueError for what the option does not take."""
        if self.type == "bool" and text.lower() in _TRUE + _FALSE:
            return text.lower() in _TRUE
        if self.type == "int" and _within(int(text), self.values):
            return int(text)
        if self.type == "number" and _within(float(text), self.values):
            return float(text)
        if self.type == "choice" and text in self.values.split("|"):
            return text
        if self.type == "list" and set(text.split(",")) <= set(self.values.split("|")):
            return text.split(",")
        if self.type == "ints" and all(_within(int(part), self.values) for part in text.split(",")):
            return [int(part) for part in text.split(",")]
        if self.type in ("text", "path") and text:
            return text
        raise ValueError(f"option '{self.name}' cannot be '{text}'")

    def takes(self, value: Any) -> bool:
        """Whether a setting that came over the wire is one that this option can have."""
        text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        try:
            self.value(text)
        except ValueError:
            return False
        return True

    def cost(self, text: str) -> tuple[str | None, str | None]:
        """Concession and cap of this value."""
        known = text in self.costs or ("*" in self.costs and text != self.default)
        cap = self.costs.get(text, self.costs.get("*", "")) if known else ""
        return (self.concession or None) if known else None, cap or None


def _within(number: float, values: str) -> bool:
    least, dots, most = values.partition("..")
    return not dots or float(least) <= number <= float(most)


def _cells(path: Path, width: int) -> list[list[str]]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line and not line.startswith("#"):
            cells = ["" if cell == "-" else cell for cell in line.split("\t")]
            if len(cells) != width:
                raise ValueError(f"{path.name}:{number}: {len(cells)} cells in place of {width}")
            rows.append(cells)
    return rows


@functools.cache
def rows(backend: str) -> dict[str, Row]:
    """By name; those that are gone are left out."""
    found = {}
    for path in sorted((_HERE / "options").glob("*.tsv")):
        for cells in _cells(path, 12):
            costs = dict((cost.split(":") + [""])[:2] for cost in cells[7].split())
            row = Row(tuple(cells[0].split(",")), *cells[1:7], costs, *cells[8:])
            if backend in row.backends and not row.until:
                found[row.name] = row
    return found


@functools.cache
def ladder(backend: str) -> tuple[Option, ...]:
    """The rungs of a backend, in the order of the table: what costs the claim nothing first."""
    return tuple(_rung(cells, rows(backend)) for cells in _cells(_HERE / "ladders.tsv", 7) if cells[0] == backend)


def _rung(cells: list[str], known: dict[str, Row]) -> Option:
    _, name, assignments, stages, classes, message, does = cells
    chosen = [(known[key], text) for key, _, text in (pair.partition("=") for pair in assignments.split())]
    scopes = {row.scope for row, _ in chosen}
    if len(scopes) != 1:
        raise ValueError(f"rung '{name}' sets several scopes: {scopes}")
    costs = [row.cost(text) for row, text in chosen]
    when: dict[str, Any] = {}
    if stages:
        when["stage"] = stages.split(",")
    if classes:
        when["class"] = classes.split(",")
    if message:
        when["message"] = message
    return Option(
        name,
        scopes.pop(),
        {row.key: row.value(text) for row, text in chosen},
        does or chosen[0][0].effect,
        concession="; ".join(said for said, _ in costs if said) or None,
        cap=min((cap for _, cap in costs if cap), default=None),
        when=when,
    )


def refused(backend: str, settings: dict[str, Any], scope: str) -> str | None:
    """What of `settings` the backend's table does not have: the compiler would ignore it, or end at it. None: nothing."""
    by_key = {row.key: row for row in rows(backend).values() if row.scope == scope}
    for key, value in settings.items():
        if key not in by_key:
            return f"backend '{backend}' has no setting '{key}' of {scope}"
        if not by_key[key].takes(value):
            return f"option '{by_key[key].name}' cannot be {value!r}"
    return None
