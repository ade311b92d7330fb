"""Values held against the types of the providers' own clients by the TypeScript compiler. As literals, so that a member
which a type does not know is an error like one that is missing."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from official_clients import NPM

OPTIONS = ("--noEmit", "--strict", "--skipLibCheck", "--pretty", "false", "--target", "es2022", "--module", "esnext",
           "--moduleResolution", "bundler")
HEAD = 'import type * as shapes from "./shapes";'


def refused(modules: Path, given: list[tuple[str, Any]]) -> dict[int, str]:
    """What the compiler says of each of the values, by its place, that is not of the type in shapes.ts it is given with."""
    lines = [f"export const v{place}: shapes.{kind} = {json.dumps(value)};" for place, (kind, value) in enumerate(given)]
    with tempfile.TemporaryDirectory(prefix="adapt-types-") as work:
        Path(work, "node_modules").symlink_to(modules / "node_modules")
        shutil.copy(NPM / "shapes.ts", work)
        Path(work, "values.ts").write_text("\n".join([HEAD, *lines, ""]))
        done = subprocess.run(["node", str(modules / "node_modules" / "typescript" / "bin" / "tsc"), *OPTIONS, "values.ts"], cwd=work,
                              capture_output=True, text=True, timeout=120)
    return _by_place(done.stdout + done.stderr)


def _by_place(said: str) -> dict[int, str]:
    """A message begins with its place in the file; further lines of it are indented."""
    out: dict[int, str] = {}
    for message in re.split(r"\n(?! )", said.strip()) if said.strip() else []:
        found = re.fullmatch(r"values\.ts\((\d+),\d+\): error (.*)", message, re.DOTALL)
        assert found, f"the compiler could not compare: {said[:2000]}"
        place = int(found[1]) - 2  # lines count from 1, and the first is the head
        out[place] = out[place] + "\n" + found[2] if place in out else found[2]
    return out
