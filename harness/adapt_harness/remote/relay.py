"""The near end: a host as the engine knows it, whose workers each take their request to another machine over ssh.

Nothing of a model runs here. A connection that is lost is tried again; when that does not help, the answer is an error
of kind `connection`, which is no result of anything.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, TypeVar

from adapt_harness.protocol import LINE_LIMIT, encode
from adapt_harness.remote.files import Entry, as_json, from_json, is_inside, listed, take
from adapt_harness.remote.link import ConnectionLost, Link
from adapt_harness.remote.ship import Connection, Machine

_PAUSES = (1.0, 4.0)  # seconds before the second and the third try
_BESIDE = 200  # Python files beside a model's own that go along
_MOST_SOURCES = 5_000


T = TypeVar("T")


@dataclass(frozen=True)
class Relay:
    machine: Machine
    bundle: bytes
    run: str  # name of the run's folder there
    keep: Path  # where sources of the other machine are kept here

    def greeting(self) -> dict[str, Any]:
        """Raises ConnectionLost."""
        return self._tried(self._ask_greeting, lambda lost: print(lost, file=sys.stderr))

    def _ask_greeting(self) -> dict[str, Any]:
        with Connection(self.machine, self.bundle) as link:
            link.send({"ask": "greeting"})
            return link.receive()["greeting"]

    def _tried(self, work: Callable[[], T], say: Callable[[str], None]) -> T:
        """Again after a pause where the connection was lost; the last loss is raised, with the machine's name."""
        for pause in (*_PAUSES, None):
            try:
                return work()
            except ConnectionLost as error:
                lost = f"the connection to {self.machine.host} was lost: {error}"
                if pause is None:
                    raise ConnectionLost(lost) from error
                say(lost)
                time.sleep(pause)
        raise AssertionError("the last pause is none")

    def serve(self, fork: dict[str, Any], greeting: dict[str, Any]) -> int:
        """In a process of its own, as a worker: descriptors 3 and 4 are the engine's."""
        _tell(greeting)
        with os.fdopen(3, "rb") as requests:
            line = requests.readline(LINE_LIMIT)
        if not line:
            return 0
        request = json.loads(line)
        limits = {key: fork.get(key) for key in ("memory_bytes", "cpu_seconds", "file_bytes")}
        try:
            return self._tried(
                lambda: self._call(request, limits), lambda lost: _tell({"event": "note", "text": lost})
            )
        except ConnectionLost as error:
            _tell({"id": request["id"], "error": {"kind": "connection", "message": str(error), "traceback": ""}})
            return 0

    def _call(self, request: dict[str, Any], limits: dict[str, Any]) -> int:
        folders, paths = outputs_of(request["params"]), sorted(set(named(request["params"])))
        sent = listed(_along(request["params"], paths, folders))
        local = {entry.sha256: entry.path for entry in sent}
        with Connection(self.machine, self.bundle) as link:
            link.send(
                {
                    "run": self.run, "request": request, "limits": limits, "files": as_json(sent),
                    "folders": folders, "paths": paths,
                }
            )  # fmt: skip
            for name in from_names(link.receive().get("need")):
                entry = next(entry for entry in sent if entry.sha256 == name)
                link.file(Path(local[name]), entry.size)
            held, status = self._pass_on(link)
            replies = self._collect(link, folders, held)
        for text in replies:
            os.write(4, text)
        return _end_as(status)

    def _pass_on(self, link: Link) -> tuple[list[str], int]:
        """Events and output as they come; the reply waits until its files are here."""
        held: list[str] = []
        while True:
            message = link.receive()
            if "exited" in message:
                return held, int(message["exited"])
            for name, descriptor in (("stdout", 1), ("stderr", 2)):
                if name in message:
                    os.write(descriptor, str(message[name]).encode("utf-8", "replace"))
            text = message.get("line")
            if isinstance(text, str) and not text.startswith('{"protocol"'):
                if held or not text.startswith('{"event"'):
                    held.append(text)
                else:
                    os.write(4, text.encode() + b"\n")

    def _collect(self, link: Link, folders: list[str], held: list[str]) -> list[bytes]:
        message = link.receive()
        made, sources = from_json(message.get("files")), from_json(message.get("sources"))
        if any(not is_inside(entry.path, folders) for entry in made) or len(sources) > _MOST_SOURCES:
            raise ConnectionLost("files outside of what was asked for")
        kept = {entry.path: self.keep / entry.sha256 / os.path.basename(entry.path) for entry in sources}
        if any(not entry.path.endswith(".py") for entry in sources):
            raise ConnectionLost("a source file that is none")
        wanted: dict[str, tuple[Entry, list[Path]]] = {}
        for entry in [*made, *sources]:
            target = kept.get(entry.path) if entry in sources else Path(entry.path)
            assert target is not None
            if not (entry in sources and target.is_file()):
                wanted.setdefault(entry.sha256, (entry, []))[1].append(target)
        link.send({"need": list(wanted)})
        for entry in [*made, *sources]:
            if entry.sha256 in wanted:
                first, *others = wanted.pop(entry.sha256)[1]
                take(link, entry, first)
                for other in others:
                    other.parent.mkdir(parents=True, exist_ok=True)
                    other.write_bytes(first.read_bytes())
        link.send({"have": True})
        return [_with_sources(text, kept) for text in held]


def _tell(message: dict[str, Any]) -> None:
    os.write(4, encode(message))


def from_names(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ConnectionLost("no list of hashes")
    return value


def named(value: Any) -> Iterator[str]:
    """Every absolute path that is there, or could be made where it is named."""
    if isinstance(value, str):
        if value.startswith("/") and len(value) < 4096 and "\0" not in value and os.path.isdir(os.path.dirname(value)):
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from named(item)
    elif isinstance(value, list):
        for item in value:
            yield from named(item)


def outputs_of(params: dict[str, Any]) -> list[str]:
    """Folders that the worker writes to: their files come back."""
    files = [*params.get("outputs", []), *filter(None, [params.get("sensitivity")])]
    for draw in params.get("draws", []):
        files += [draw[key] for key in ("before", "after") if isinstance(draw, dict) and isinstance(draw.get(key), str)]
    files = [os.path.dirname(file) for file in files if isinstance(file, str)]
    folders = {*files, *filter(None, [params.get("out")])}
    return sorted(folders)


def _along(params: dict[str, Any], paths: list[str], folders: list[str]) -> Iterator[Path]:
    """What goes there: every file that is named, folders with all they hold, and what a model's file may import."""
    for path in paths:
        if path not in folders:
            yield Path(path)
    model = params.get("model") or {}
    if model.get("kind") == "file":
        yield from sorted(Path(model["name"]).parent.glob("*.py"))[:_BESIDE]


def _with_sources(text: str, kept: dict[str, Path]) -> bytes:
    """The reply, with the places here of source files that are there."""
    try:
        message = json.loads(text)
    except ValueError:
        return text.encode() + b"\n"  # for the engine to refuse
    result = message.get("result") if isinstance(message, dict) else None
    if isinstance(result, dict):
        rows = result.get("sources")
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and row.get("path") in kept:
                row["path"] = str(kept[row["path"]])
        if result.get("model_file") in kept:
            result["model_file"] = str(kept[result["model_file"]])
    return encode(message)


def _end_as(status: int) -> int:
    """This process ends as the one there did, so that the engine sees how."""
    if status >= 0:
        return status
    signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
    return 128 - status

