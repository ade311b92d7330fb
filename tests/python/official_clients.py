"""The providers' own npm clients, in a folder of the user's cache that is named after their pins."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from llm_server.server import Exchange

NPM = Path(__file__).resolve().parents[1] / "fakes" / "llm_server" / "npm"
PINS = ("package.json", "package-lock.json")
NO_NETWORK = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH", "ENOTCACHED",
              "network", "socket hang up")


class Absent(Exception):
    """Why the clients cannot be had here."""


def folder() -> Path:
    """Where they are installed; installs them when they are not. Two at once do no harm: the last rename wins."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise Absent(f"{program} is not installed")
    key = hashlib.sha256(b"".join((NPM / name).read_bytes() for name in PINS)).hexdigest()[:12]
    given = os.environ.get("XDG_CACHE_HOME", "")
    cache = (Path(given) if given.startswith("/") else Path.home() / ".cache") / "adapt" / "npm"
    there = cache / f"llm-clients-{key}"
    if (there / "node_modules").is_dir():
        return there
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=cache) as work:
        for name in PINS:
            shutil.copy(NPM / name, work)
        try:
            done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries", "1"], cwd=work,
                                  capture_output=True, text=True, timeout=180)
        except subprocess.TimeoutExpired:
            raise Absent("npm ci took more than three minutes") from None
        if done.returncode != 0:
            lines = [line for line in done.stderr.splitlines() if any(word in line for word in NO_NETWORK)]
            if lines:
                raise Absent(f"npm reaches no registry: {lines[0][:200]}")
            raise RuntimeError(f"npm ci failed: {done.stderr[-2000:]}")
        built = Path(work) / "built"
        built.mkdir()
        os.rename(Path(work) / "node_modules", built / "node_modules")
        try:
            os.rename(built, there)
        except OSError:
            if not (there / "node_modules").is_dir():
                raise
    return there


def bare_environment() -> dict[str, str]:
    """Clients find keys and addresses in the environment, so they get none."""
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def _told(script: str, modules: Path, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    done = subprocess.run(["node", str(NPM / script), str(modules)], input=json.dumps(given), capture_output=True, text=True,
                          timeout=120, env=bare_environment())
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def converse(modules: Path, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Models and turns of each conversation as the provider's client read them, or `error`."""
    return _told("drive.mjs", modules, given)


def reread(modules: Path, dialect: str, exchanges: list[Exchange]) -> list[dict[str, Any]]:
    """What the provider's client reads in answers that another client was given: text, calls, stop and usage; and whether
    it would have sent the `same` requests."""
    return _told("reread.mjs", modules, [{"dialect": dialect, "body": exchange.body.decode(),
                                          "answer": base64.b64encode(exchange.answer).decode()} for exchange in exchanges])


def numbers(dialect: str, usage: dict[str, Any]) -> dict[str, int]:
    """What the provider's client tells of tokens, in words that all dialects share."""
    if dialect == "messages":
        return {"prompt": usage["input_tokens"] + usage["cache_read_input_tokens"] + usage["cache_creation_input_tokens"],
                "cache_read": usage["cache_read_input_tokens"], "output": usage["output_tokens"],
                "reasoning": usage["output_tokens_details"]["thinking_tokens"]}
    inputs, outputs = ("prompt", "completion") if dialect == "chat" else ("input", "output")
    return {"prompt": usage[f"{inputs}_tokens"], "cache_read": usage[f"{inputs}_tokens_details"]["cached_tokens"],
            "output": usage[f"{outputs}_tokens"], "reasoning": usage[f"{outputs}_tokens_details"]["reasoning_tokens"]}
