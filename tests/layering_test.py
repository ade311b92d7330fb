#!/usr/bin/env python3
"""Checks every include line against the table in docs/ARCHITECTURE.md ("Who may include whom")."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "ARCHITECTURE.md"
CHECKED = ("agent", "harness", "patterns", "python", "sandbox", "tools")
SUFFIXES = {".h", ".cpp", ".c", ".in"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


@dataclass(frozen=True)
class Row:
    folder: str
    may_include: tuple[str, ...]
    third_party: tuple[str, ...]


def read_table(text: str) -> list[Row]:
    section = text.split("\n## Who may include whom\n", 1)[1].split("\n## ", 1)[0]
    rows = []
    for line in section.splitlines():
        cells = [re.findall(r"`([^`]+)`", cell) for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and len(cells[0]) == 1:
            rows.append(Row(cells[0][0], tuple(cells[1]), tuple(cells[2])))
    return rows


def is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")


def row_of(path: str, rows: list[Row]) -> Row | None:
    """The row with the longest folder that holds `path`."""
    return max((row for row in rows if is_below(path, row.folder)), key=lambda row: len(row.folder), default=None)


def allows(entry: str, target: Row, names: set[str]) -> bool:
    """A folder with a row is meant alone; one without stands for the rows below it that need nothing from elsewhere."""
    group = entry not in names and is_below(target.folder, entry)
    return entry == target.folder or (group and all(is_below(needed, entry) for needed in target.may_include))


def is_generated_for(file: str, header: str) -> bool:
    """Whether the build file beside `file` makes `header` (cmake/embed_text.cmake)."""
    build_file = (ROOT / file).parent / "CMakeLists.txt"
    call = rf"adapt_embed_text\(\s*\w+\s+{re.escape(header)}\s"
    return build_file.is_file() and re.search(call, build_file.read_text(encoding="utf-8")) is not None


def complaint(file: str, quoted: str | None, angled: str | None, rows: list[Row]) -> str | None:
    own = row_of(file, rows)
    if own is None:
        return "its folder has no row in the table"
    if angled is not None:
        homes = [row.folder for row in rows if any(angled == h or angled.startswith(h) for h in row.third_party)]
        return None if not homes or own.folder in homes else f"<{angled}> is at home in {', '.join(homes)} only"
    if "/" not in quoted and is_generated_for(file, quoted):
        return None
    if not quoted.startswith(tuple(folder + "/" for folder in CHECKED)):
        return f'"{quoted}" is not a path from the root of the repository into one of its folders'
    target = row_of(quoted, rows)
    if target is None:
        return f'"{quoted}" lies in a folder that has no row in the table'
    names = {row.folder for row in rows}
    if target == own or any(allows(entry, target, names) for entry in own.may_include):
        return None
    return f'{own.folder} may not include "{quoted}" ({target.folder})'


def cycle(rows: list[Row]) -> list[str]:
    """A chain of folders that the table would let include each other in a circle, or nothing."""
    names = {row.folder for row in rows}
    edges = {r.folder: [t.folder for t in rows if t != r and any(allows(a, t, names) for a in r.may_include)]
             for r in rows}
    done: set[str] = set()

    def visit(folder: str, path: list[str]) -> list[str]:
        if folder in path:
            return path[path.index(folder) :] + [folder]
        if folder not in done:
            for target in edges[folder]:
                if found := visit(target, path + [folder]):
                    return found
            done.add(folder)
        return []

    return next((found for folder in edges if (found := visit(folder, []))), [])


def main() -> int:
    rows = read_table(DOCUMENT.read_text(encoding="utf-8"))
    problems = [] if rows else [f"{DOCUMENT.name}: the include table was not found"]
    names = {row.folder for row in rows}
    for row in rows:
        if not (ROOT / row.folder).is_dir():
            problems.append(f"the table has a row for {row.folder}, which does not exist")
        for target in row.may_include:
            if target not in names and not any(is_below(name, target) for name in names):
                problems.append(f"the table lets {row.folder} include {target}, which has no row")
    if found := cycle(rows):
        problems.append("the table has a cycle: " + " -> ".join(found))

    lines = 0
    for top in CHECKED:
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix not in SUFFIXES or not path.is_file():
                continue
            file = path.relative_to(ROOT).as_posix()
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if match := INCLUDE.match(line):
                    lines += 1
                    if problem := complaint(file, match[1], match[2], rows):
                        problems.append(f"{file}:{number}: {problem}")
    if lines == 0:
        problems.append("no include line was found, so nothing was checked")
    print("\n".join(problems) or f"{lines} include lines follow the table of {len(rows)} rows")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
