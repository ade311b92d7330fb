"""Checks the mining corpus against its notes and its README: python tests/corpus/mining/check.py"""

from __future__ import annotations

import ast
import difflib
import io
import itertools
import re
import sys
import tokenize
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
UNTOUCHED = "untouched"
LEAST_FAMILIES, LEAST_FILES, LEAST_UNTOUCHED = 12, 10, 30
MOST_SIMILAR = 0.6
SHINGLE = 5
SHIFT = 2  # lines by which a diff may place an insertion elsewhere than the notes, between equal lines


@dataclass(frozen=True)
class Site:
    first: int  # lines of before.py, from 1; an insertion names the line it stands before
    last: int
    variant: str


@dataclass(frozen=True)
class Note:
    file: str
    sites: tuple[Site, ...]
    lookalikes: tuple[int, ...]


def parse_site(text: str) -> Site:
    lines, variant = text.split(":")
    first, _, last = lines.partition("-")
    return Site(int(first), int(last or first), variant)


def read_notes(family: Path) -> list[Note]:
    """The rows of notes.tsv; a malformed row is a ValueError."""
    head, *rows = (family / "notes.tsv").read_text(encoding="utf-8").splitlines()
    if head != "file\tsites\tlookalikes":
        raise ValueError(f"{family.name}/notes.tsv has the head {head!r}")
    notes = []
    for row in rows:
        file, sites, lookalikes = row.split("\t")
        notes.append(
            Note(
                file,
                tuple(parse_site(text) for text in sites.split(",") if text),
                tuple(int(text) for text in lookalikes.split(",") if text),
            )
        )
    return notes


def families() -> list[Path]:
    return sorted(path for path in ROOT.iterdir() if path.is_dir() and path.name not in (UNTOUCHED, "__pycache__"))


def import_lines(source: str) -> set[int]:
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.Import, ast.ImportFrom))]
    return {line for node in nodes for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def changed_lines(before: str, after: str) -> list[tuple[range, range]]:
    """Line numbers (from 1) of both sides of each hunk."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    return [
        (range(i1 + 1, i2 + 1), range(j1 + 1, j2 + 1))
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]


def only_imports(lines: range, source: str) -> bool:
    imports, text = import_lines(source), source.splitlines()
    return all(line in imports or not text[line - 1].strip() for line in lines)


def check_pair(folder: Path, note: Note) -> list[str]:
    before = (folder / "before.py").read_text(encoding="utf-8")
    after = (folder / "after.py").read_text(encoding="utf-8")
    name = f"{folder.parent.name}/{folder.name}"
    if before == after:
        return [f"{name}: nothing changes"]
    problems = []
    site_lines = {line for site in note.sites for line in range(site.first, site.last + 1)}
    near_site = {line + shift for line in site_lines for shift in range(-SHIFT, SHIFT + 1)}
    hunks = changed_lines(before, after)
    touched = {line for old, _ in hunks for line in (old or range(old.start, old.start + 1))}
    for old, new in hunks:
        if only_imports(old, before) and only_imports(new, after):
            continue
        where = set(old) or {old.start}
        if not where & near_site:
            problems.append(f"{name}: lines {sorted(where)} change without a site in the notes")
    for site in note.sites:
        if not touched & set(range(site.first - SHIFT, site.last + SHIFT + 1)):
            problems.append(f"{name}: nothing changes at the site of line {site.first}")
    for line in note.lookalikes:
        in_hunk = any(line in old for old, _ in hunks)
        if in_hunk and line not in site_lines:
            problems.append(f"{name}: the look-alike of line {line} changes")
    return problems


def check_family(family: Path) -> list[str]:
    notes = {note.file: note for note in read_notes(family)}
    folders = {path.name: path for path in family.iterdir() if path.is_dir()}
    problems = [f"{family.name}: {name} is not in the notes" for name in sorted(folders.keys() - notes.keys())]
    problems += [f"{family.name}: the notes name {name}" for name in sorted(notes.keys() - folders.keys())]
    if len(folders) < LEAST_FILES:
        problems.append(f"{family.name}: {len(folders)} files, at least {LEAST_FILES} are wanted")
    if not any(note.lookalikes for note in notes.values()):
        problems.append(f"{family.name}: no look-alikes in the notes")
    for name in sorted(folders.keys() & notes.keys()):
        found = sorted(path.name for path in folders[name].iterdir())
        if found != ["after.py", "before.py"]:
            problems.append(f"{family.name}/{name} holds {found}")
            continue
        broken = [problem for file in found if (problem := syntax_problem(folders[name] / file))]
        problems += broken or check_pair(folders[name], notes[name])
    return problems


def syntax_problem(path: Path) -> str:
    try:
        ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        return f"{path.relative_to(ROOT)}: {error}"
    return ""


def check_untouched() -> list[str]:
    folder = ROOT / UNTOUCHED
    files = sorted(folder.glob("*.py"))
    problems = [problem for path in files if (problem := syntax_problem(path))]
    strangers = sorted(path.name for path in folder.iterdir() if path.suffix != ".py" and path.name != "__pycache__")
    if strangers:
        problems.append(f"{UNTOUCHED} holds {strangers}")
    if len(files) < LEAST_UNTOUCHED:
        problems.append(f"{UNTOUCHED}: {len(files)} files, at least {LEAST_UNTOUCHED} are wanted")
    return problems


def readme_rows() -> dict[str, tuple[int, int, dict[str, int]]]:
    """Family -> files, edits, edits by variant, as the table in README.md has them."""
    rows = {}
    for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[2].isdigit():
            variants = {key: int(count) for key, count in re.findall(r"(\d): (\d+)", cells[4])}
            rows[cells[0].strip("`")] = (int(cells[2]), int(cells[3]), variants)
    return rows


def check_readme() -> list[str]:
    rows, problems = readme_rows(), []
    counted: dict[str, tuple[int, int, dict[str, int]]] = {}
    for family in families():
        notes = read_notes(family)
        variants = Counter(site.variant for note in notes for site in note.sites)
        counted[family.name] = (len(notes), sum(variants.values()), dict(sorted(variants.items())))
    counted[UNTOUCHED] = (len(list((ROOT / UNTOUCHED).glob("*.py"))), 0, {})
    for name in sorted(rows.keys() | counted.keys()):
        if rows.get(name) != counted.get(name):
            problems.append(f"README.md has {name} as {rows.get(name)}, the files as {counted.get(name)}")
    return problems


def shingles(path: Path) -> set[tuple[str, ...]]:
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    readline = io.StringIO(path.read_text(encoding="utf-8")).readline
    tokens = [token.string for token in tokenize.generate_tokens(readline) if token.type not in skipped]
    return {tuple(tokens[i : i + SHINGLE]) for i in range(len(tokens) - SHINGLE + 1)}


def check_similarity() -> list[str]:
    paths = sorted(ROOT.glob("*/*/before.py")) + sorted((ROOT / UNTOUCHED).glob("*.py"))
    sets, problems = {path: shingles(path) for path in paths}, []
    for first, second in itertools.combinations(paths, 2):
        a, b = sets[first], sets[second]
        similarity = len(a & b) / max(len(a | b), 1)
        if similarity >= MOST_SIMILAR:
            pair = f"{first.relative_to(ROOT)} and {second.relative_to(ROOT)}"
            problems.append(f"{pair} are near-duplicates ({similarity:.2f})")
    return problems


def check_corpus() -> list[str]:
    """All problems, one a line; an empty list is a sound corpus."""
    problems = []
    if len(families()) < LEAST_FAMILIES:
        problems.append(f"{len(families())} families, at least {LEAST_FAMILIES} are wanted")
    for family in families():
        problems += check_family(family)
    return problems + check_untouched() + check_readme() + check_similarity()


def main() -> int:
    problems = check_corpus()
    print("\n".join(problems) or "the mining corpus is sound")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
