"""Which variables a source reads at given lines: the names that `facts` looks up while the model runs."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any, Iterator

_OWN_SCOPE = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_COMPREHENSION = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Reading:
    """`self.cache` on line 12: a variable, or attributes of one."""

    line: int
    parts: tuple[str, ...]
    ahead: bool = False  # looked up at the `if` that leads there, for a branch that no run takes

    @property
    def name(self) -> str:
        return ".".join(self.parts)


def readings_at(text: str, lines: set[int]) -> dict[int, list[Reading]]:
    """Line -> what its statement names, for every line of the statements that stand on `lines`.

    A value is looked up when a line begins. That is what the statement sees unless the statement itself, or another on
    the same line, changes the variable first; such lines and variables are left out.
    """
    statements = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)]
    covered: dict[int, int] = {}
    for statement in statements:
        for line in _extent(statement):
            covered[line] = covered.get(line, 0) + 1
    alone = {s for s in statements if not isinstance(s, _OWN_SCOPE) and all(covered[i] == 1 for i in _extent(s))}
    found: dict[int, list[Reading]] = {}
    for statement in alone:
        named = set(_named(statement)) if lines.intersection(_extent(statement)) else set()
        for first in _first_of_branches(statement):
            # Nothing runs between the condition and the first statement of a branch.
            if first in alone and lines.intersection(_extent(first)):
                named |= {Reading(r.line, r.parts, True) for r in _named(first)}
        if named:
            ordered = sorted(named, key=lambda reading: (reading.line, reading.name, reading.ahead))
            found.update(dict.fromkeys(_extent(statement), ordered))
    return found


def _first_of_branches(statement: ast.stmt) -> list[ast.stmt]:
    branches = [statement.body, statement.orelse] if isinstance(statement, ast.If) else []
    changed = {name for part in _own_parts(statement) for name in _changed_inside(part)}
    return [branch[0] for branch in branches if branch and not changed]


def _own_parts(statement: ast.stmt) -> list[ast.AST]:
    """The statement without the statements in it: of an `if`, the condition."""
    parts: list[Any] = []
    for value in vars(statement).values():
        parts += value if isinstance(value, list) else [value]
    return [part for part in parts if isinstance(part, (ast.expr, ast.withitem, ast.keyword))]


def _extent(statement: ast.stmt) -> range:
    ends = [end for part in _own_parts(statement) if (end := getattr(part, "end_lineno", None))]
    return range(statement.lineno, max([statement.lineno, *ends]) + 1)


def _named(statement: ast.stmt) -> Iterator[Reading]:
    parts = _own_parts(statement)
    changed = {name for part in parts for name in _changed_inside(part)}
    for part in parts:
        for node in _outside_functions(part):
            chain = _chain(node)
            if chain and chain[0] not in changed:
                yield Reading(node.lineno, chain)  # type: ignore[attr-defined]


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, _OWN_SCOPE):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _outside_functions(child)


def _changed_inside(node: ast.AST) -> Iterator[str]:
    """Names that an expression binds while it is evaluated."""
    for inner in ast.walk(node):
        targets = [inner.target] if isinstance(inner, ast.NamedExpr) else []
        if isinstance(inner, _COMPREHENSION):
            targets = [generator.target for generator in inner.generators]
        yield from (n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name))


def _chain(node: ast.AST) -> tuple[str, ...]:
    """("self", "cache") for `self.cache`; empty for anything but names and attributes that are read."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        parts.append(node.attr)
        node = node.value
    return (node.id, *reversed(parts)) if isinstance(node, ast.Name) else ()
