"""A repair as steps for the tool `rewrite`: whole functions where functions changed, search and replace elsewhere."""

from __future__ import annotations

import ast
import difflib
import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class FunctionEdit:
    qualified: str  # "Class.method"
    code: str  # from the left margin


@dataclass(frozen=True)
class TextEdit:
    search: str  # stands once in the text that it is used on
    replacement: str


@dataclass(frozen=True)
class Case:
    """A model file before and after its repair."""

    before: str
    after: str
    module: str

    @property
    def repair(self) -> "Repair":
        return repair_between(self.before, self.after)


@dataclass(frozen=True)
class Repair:
    imports: tuple[str, ...] = ()
    functions: tuple[FunctionEdit, ...] = ()
    texts: tuple[TextEdit, ...] = field(default=())


def load_case(path: Path, source: Path | None = None) -> Case:
    """Of a diff (its source beside it, or given), a folder with model.py and patched.py, or a lone model file, whose
    repair is nothing."""
    if path.is_dir():
        return Case((path / "model.py").read_text("utf-8"), (path / "patched.py").read_text("utf-8"), "model")
    if path.suffix == ".py":
        text = path.read_text("utf-8")
        return Case(text, text, path.stem)
    diff = path.read_text("utf-8")
    named = re.search(r"^--- (?:a/)?(\S+)", diff, re.MULTILINE)
    if named is None:
        raise ValueError(f"{path}: no unified diff")
    source = source or path.parent / Path(named[1]).name
    before = source.read_text("utf-8")
    return Case(before, patched(before, diff), source.stem)


def patched(text: str, diff: str) -> str:
    """Of a unified diff of one file. Hunks have to fit where they say they do."""
    lines, out, at = text.splitlines(keepends=True), [], 0
    left: tuple[int, int] = (0, 0)  # old and new lines that the hunk still has
    for row in diff.splitlines(keepends=True):
        if left == (0, 0):
            if head := re.match(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@", row):
                old = int(head[2] or 1)
                start = int(head[1]) - (1 if old else 0)
                out += lines[at:start]
                at, left = start, (old, int(head[3] or 1))
            continue
        if row.startswith("\\"):
            continue
        mark, body = row[:1], row[1:]
        if mark in (" ", "-", "\n"):
            body = "\n" if mark == "\n" else body
            if at >= len(lines) or lines[at].rstrip("\n") != body.rstrip("\n"):
                raise ValueError(f"the hunk does not fit at line {at + 1}: {body!r}")
            at, left = at + 1, (left[0] - 1, left[1])
        if mark in (" ", "+", "\n"):
            out.append(body)
            left = (left[0], left[1] - 1)
    return "".join(out + lines[at:])


@dataclass(frozen=True)
class Function:
    first: int  # line of the first decorator or of `def`, from 0
    end: int  # behind the last
    node: ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(text: str) -> dict[str, Function]:
    """Functions and methods by qualified name; those within functions belong to them. Of two of one name none is there,
    for no name tells them apart."""
    found: dict[str, Function] = {}
    twice: set[str] = set()

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                visit(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                name = prefix + node.name
                if name in found:
                    twice.add(name)
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
                found[name] = Function(first, node.end_lineno or node.lineno, node)

    visit(ast.parse(text).body, "")
    return {name: function for name, function in found.items() if name not in twice}


def source_of(text: str, function: Function) -> str:
    return "".join(text.splitlines(keepends=True)[function.first:function.end])


def repair_between(before: str, after: str) -> Repair:
    """Steps that turn `before` into `after`, but for the order of new imports and blank lines around them."""
    imports = _new_imports(before, after)
    old, new = functions_of(before), functions_of(after)
    edits = [FunctionEdit(name, textwrap.dedent(source_of(after, new[name]))) for name in old
             if name in new and source_of(before, old[name]) != source_of(after, new[name])
             and len(old[name].node.decorator_list) <= len(new[name].node.decorator_list)]
    text = before
    for edit in edits:
        text = with_function(text, edit)
    return Repair(tuple(imports), tuple(edits), tuple(_text_edits(text, after, set(imports))))


def with_function(text: str, edit: FunctionEdit) -> str:
    function = functions_of(text)[edit.qualified]
    lines = text.splitlines(keepends=True)
    indent = " " * function.node.col_offset
    code = edit.code if edit.code.endswith("\n") else edit.code + "\n"
    return "".join(lines[:function.first]) + textwrap.indent(code, indent) + "".join(lines[function.end:])


def _imports_of(text: str) -> list[str]:
    return [ast.unparse(node) for node in ast.parse(text).body if isinstance(node, (ast.Import, ast.ImportFrom))]


def _new_imports(before: str, after: str) -> list[str]:
    there = set(_imports_of(before))
    return [line for line in _imports_of(after) if line not in there]


def _text_edits(text: str, after: str, imports: set[str]) -> list[TextEdit]:
    """Line hunks between the two, each widened until what it searches for stands once."""
    edits: list[TextEdit] = []
    running = text
    a, b = text.splitlines(keepends=True), after.splitlines(keepends=True)
    for kind, a1, a2, b1, b2 in reversed(difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes()):
        if kind == "equal" or (kind == "insert" and all(not line.strip() or line.strip() in imports for line in b[b1:b2])):
            continue
        low, high = a1, a2
        while not (search := "".join(a[low:high])).strip() or running.count(search) != 1:
            if low == 0 and high == len(a):
                raise ValueError("a change that no text in the file leads to")
            low, high = max(0, low - 1), min(len(a), high + (low == 0 or high == low))
        replacement = "".join(a[low:a1] + b[b1:b2] + a[a2:high])
        edits.append(TextEdit(search, replacement))
        running = running.replace(search, replacement)
        a = running.splitlines(keepends=True)
    return edits
