"""Properties over real sources, held against Python's own `ast`: a sample of the standard library and of installed
libraries, all of them where ADAPT_SOAK is set. The judge is Python, so nothing here is written down beforehand.
"""

import ast
import os
import random
import sysconfig
import unicodedata
import warnings
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

import adaptkit_module
import pytest

adaptkit = adaptkit_module.load()
Document, EditSet, Error = adaptkit.Document, adaptkit.EditSet, adaptkit.Error

SOAK = bool(os.environ.get("ADAPT_SOAK"))
SAMPLE = 80  # files


@cache
def corpus() -> list[Path]:
    paths = sysconfig.get_paths()
    folders = [Path(paths["stdlib"]), Path(paths["purelib"]) / "torch", Path(paths["purelib"]) / "transformers"]
    files = [f for folder in folders for f in sorted(folder.rglob("*.py"))
             if "site-packages" not in f.relative_to(folder).parts]
    return files if SOAK else random.Random(7).sample(files, SAMPLE)


def python_of(source: bytes) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError):
            return None


def sources() -> Iterator[tuple[Path, bytes]]:
    """Those whose bytes are what `ast` counts in: UTF-8 without a mark, lines that end with a line feed."""
    for file in corpus():
        source = file.read_bytes()
        is_utf8 = source.decode("utf-8", "replace").encode() == source and not source.startswith(b"\xef\xbb\xbf")
        if is_utf8 and b"\r" not in source and len(source) < 1 << 20:
            yield file, source


def parsed() -> Iterator[tuple[Path, Document, ast.Module]]:
    """The files that both call Python; one at a time, as all of them would not fit in memory."""
    for file, source in sources():
        document, tree = Document(source, file.name), python_of(source)
        if tree is not None and not document.has_errors:
            yield file, document, tree


def chance(file: Path) -> random.Random:
    return random.Random(file.name)


def test_files_are_python_for_both_or_for_neither():
    # The grammar does not know some rare code (`return *a * 2`) and knows some that is gone (`print x`).
    agree, differ = [], []
    for file, source in sources():
        (differ if Document(source).has_errors != (python_of(source) is None) else agree).append(str(file))
    assert len(agree) > len(corpus()) * 0.9
    assert len(differ) <= max(1, len(corpus()) / 500), differ


def in_f_string(tree: ast.Module) -> set[int]:
    """Before Python 3.12 `ast` does not know where code inside of f-strings stands."""
    return {id(node) for f_string in ast.walk(tree) if isinstance(f_string, ast.JoinedStr)
            for node in ast.walk(f_string)}


def is_below(node, kind: str) -> bool:
    while node is not None and node.kind != kind:
        node = node.parent
    return node is not None


def is_in_f_string(node) -> bool:
    return is_below(node, "interpolation")


def misread_lines(document) -> set[int]:
    """The grammar knows all versions of Python at once: `type(x).y = z` is a type alias, `print >>x` a statement."""
    nodes = [n for kind in ("type_alias_statement", "print_statement", "exec_statement") for n in document.nodes(kind)]
    return {line for node in nodes for line in range(node.start.line, node.end.line + 1)}


def test_calls_definitions_and_names_stand_where_ast_says():
    for file, document, tree in parsed():
        skipped, misread = in_f_string(tree), misread_lines(document)
        nodes = [node for node in ast.walk(tree)
                 if id(node) not in skipped and getattr(node, "lineno", 0) not in misread]
        # `[*a.f()]` is a call of `*a.f` in the grammar: its beginning is not compared.
        ends = sorted((n.end_lineno, n.end_col_offset) for n in nodes if isinstance(n, ast.Call))
        calls = [node for node in document.nodes("call")
                 if not is_in_f_string(node) and node.start.line not in misread]
        assert sorted(node.end for node in calls) == ends, file
        starts = {(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset)
                  for n in nodes if isinstance(n, ast.Call)}
        assert {(*c.start, *c.end) for c in calls if not c.text.startswith("*")} <= starts, file

        definitions = sorted((n.lineno, n.col_offset, n.name) for n in nodes
                             if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)))
        found = document.nodes("function_definition") + document.nodes("class_definition")
        assert sorted((*node.start, node.field("name").text) for node in found) == definitions, file

        names = {(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset, n.id)
                 for n in nodes if isinstance(n, ast.Name)}
        identifiers = {(*node.start, *node.end, unicodedata.normalize("NFKC", node.text))  # as Python reads names
                       for node in document.nodes("identifier")}
        assert names <= identifiers, file


def test_nodes_partition_their_parents():
    for file, document, _ in parsed():
        for node in chance(file).sample(document.nodes(), min(50, len(document.nodes()))):
            at = node.span.begin
            for child in node.children:
                assert child.parent == node and at <= child.span.begin <= child.span.end <= node.span.end, file
                at = child.span.end
            assert document.text[document.char_slice(node.span)] == node.text, file
            assert document.offset(*node.start) == node.span.begin, file


def test_a_renamed_name_changes_nothing_else_in_ast():
    for file, document, tree in parsed():
        skipped = in_f_string(tree)
        names = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in skipped]
        if not names:
            continue
        name = chance(file).choice(names)
        edits = EditSet(file.name)
        place = document.offset(name.lineno, name.col_offset), document.offset(name.end_lineno, name.end_col_offset)
        edits.replace(place, "renamed_é")
        after = edits.apply(document)
        old, name.id = name.id, "renamed_é"
        same = ast.dump(python_of(after.encode())) == ast.dump(tree)
        name.id = old
        assert same, (file, old)
        assert edits.inverse(document).apply(after) == document.text, file


def test_a_lost_bracket_is_seen_and_the_edit_refused():
    seen = 0
    for file, document, _ in parsed():
        brackets = [node for kind in ")]" for node in document.nodes(kind) if not is_in_f_string(node)]
        for bracket in chance(file).sample(brackets, min(1, len(brackets))):
            begin, end = bracket.span
            without = document.source[:begin] + document.source[end:]
            assert python_of(without) is None and Document(without).has_errors, (file, bracket)
            edits = EditSet()
            edits.delete(bracket.span)
            with pytest.raises(Error, match="would not parse after the edit"):
                edits.apply(document)
            seen += 1
    assert seen > len(corpus()) / 2


def outside(edits: list, text: bytes) -> list[bytes]:
    """The bytes between the edits."""
    ends = [0, *(span.end for span, _ in edits)]
    begins = [*(span.begin for span, _ in edits), len(text)]
    return [text[end:begin] for end, begin in zip(ends, begins, strict=True)]


def test_patterns_leave_what_is_not_theirs_and_change_nothing_twice():
    changed = 0
    for file, document, _ in islice(parsed(), None, None, 1 if SOAK else 3):
        for pattern in adaptkit.library().values():
            applied = pattern.apply(document)
            edits = list(applied.edits)
            assert bool(applied.sites) == bool(edits) == bool(applied.diff), (file, pattern)
            if not edits:
                assert applied.text == document.text
                continue
            changed += 1
            pieces = outside(edits, document.source)
            rebuilt = pieces[0] + b"".join(
                text.encode() + piece for (_, text), piece in zip(edits, pieces[1:], strict=True))
            assert applied.text.encode() == rebuilt, (file, pattern)
            assert python_of(rebuilt) is not None, (file, pattern)
            assert pattern.apply(applied.text).sites == [], (file, pattern)
            assert applied.edits.inverse(document).apply(applied.text) == document.text, (file, pattern)
    assert changed > 0


def is_plain_len(node: ast.AST) -> bool:
    return (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"
            and len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.Starred))


def test_a_query_finds_the_calls_that_ast_has():
    query, found = adaptkit.Query("len($X)"), 0
    for file, document, tree in parsed():
        skipped = in_f_string(tree)
        calls = {(n.lineno, n.col_offset, n.end_lineno, n.end_col_offset): ast.dump(n.args[0])
                 for n in ast.walk(tree) if is_plain_len(n) and id(n) not in skipped}
        matches = [m for m in adaptkit.find(query, document) if not is_in_f_string(document.node_at(m.span))]
        texts = {(*m.start, *m.end): f"({m.variables['X']})" for m in matches}
        assert {place: ast.dump(ast.parse(text, mode="eval").body) for place, text in texts.items()} == calls, file
        assert [(m.span, m.variables) for m in adaptkit.find(query, file)] == [
            (m.span, m.variables) for m in adaptkit.find(query, document)], file
        found += len(calls)
    assert found > len(corpus()) / 10
