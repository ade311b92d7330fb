"""A server for language-model services that is not ours: aimock, which answers by fixtures. No model is behind it either."""

from __future__ import annotations

import json
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from official_clients import NPM, bare_environment

START_SECONDS = 60


@dataclass
class AiMock:
    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)  # path, body and status of each; known once it has ended


@contextmanager
def aimock(modules: Path, fixtures: list[dict[str, Any]]) -> Iterator[AiMock]:
    """Answers number `match.turnIndex` where so many have been given in the conversation, and 503 where none fits."""
    process = subprocess.Popen(["node", str(NPM / "aimock.mjs"), str(modules)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, env=bare_environment() | {"AIMOCK_STRICT_TURN_INDEX": "1"})
    try:
        process.stdin.write(json.dumps(fixtures) + "\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
        url = process.stdout.readline().strip() if ready else ""
        if not url:
            process.kill()
            raise RuntimeError(f"aimock does not start: {process.communicate()[1][-2000:]}")
        server = AiMock(url)
        yield server
        out, said = process.communicate(timeout=30)
        assert process.returncode == 0, said[-2000:]
        server.requests = json.loads(out)
    finally:
        process.kill()
        process.wait()
