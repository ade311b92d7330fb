"""The far end: serves one request from descriptor 0 to descriptor 1, with a fresh worker, and ends.

Paths of the near machine are mirrored below a folder of the run, so that a request means the same files on both.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from adapt_harness import limits, worker
from adapt_harness.protocol import greeting
from adapt_harness.remote.files import Entry, as_json, digest, from_json, listed, take
from adapt_harness.remote.link import CHUNK, ConnectionLost, Link

_MOST_SOURCE = 4 << 20  # bytes of a Python file that is sent back for reading
_QUIET = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "PYTHONHASHSEED": "0"}


def mapped(value: Any, prefix: str, names: set[str]) -> Any:
    """`value` with `prefix` before every text that is one of `names`, or a path below one."""
    if isinstance(value, str):
        return prefix + value if value in names else value
    if isinstance(value, list):
        return [mapped(item, prefix, names) for item in value]
    if isinstance(value, dict):
        return {key: mapped(item, prefix, names) for key, item in value.items()}
    return value


class _Server:
    def __init__(self, link: Link, root: Path):
        self.link = link
        self.root = root
        self.store = root / "files"

    def serve(self) -> None:
        message = self.link.receive()
        if message.get("ask") == "greeting":
            return self.link.send({"greeting": greeting(worker.packages(), len(sys.modules))})
        run = str(message["run"])
        if not run or "/" in run or run.startswith("."):
            raise ConnectionLost("no name of a run")
        self.mirror = self.root / "runs" / run / "mirror"
        sent = from_json(message["files"])
        self._receive(sent)
        for folder in message["folders"]:
            (self.mirror / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
        reply = self._work(message)
        self._give_back(message["folders"], {entry.path: entry.sha256 for entry in sent}, reply)

    def _receive(self, entries: list[Entry]) -> None:
        needed = {entry.sha256: entry for entry in entries if not (self.store / entry.sha256).is_file()}
        self.link.send({"need": sorted(needed)})
        for name in sorted(needed):
            take(self.link, needed[name], self.store / name)
        for entry in entries:
            place = self.mirror / entry.path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.store / entry.sha256, place)  # a copy: what a model writes over stays its own

    def _work(self, message: dict[str, Any]) -> dict[str, Any] | None:
        request = mapped(message["request"], str(self.mirror), set(message["paths"]))
        requests, replies, out, err = (os.pipe() for _ in range(4))
        cwd = self.root / "runs" / message["run"] / "work"
        cwd.mkdir(parents=True, exist_ok=True)
        entry = str(Path(__file__).resolve().parents[2] / "host_main.py")

        def prepare() -> None:
            for source, target in ((requests[0], 3), (replies[1], 4)):
                os.dup2(os.dup(source), target)
            os.closerange(5, 1 << 12)
            limits.apply(message["limits"])

        process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-X", "faulthandler", entry, "--worker"],
            stdin=subprocess.DEVNULL, stdout=out[1], stderr=err[1], cwd=cwd, env={**os.environ, **_QUIET},
            close_fds=False, preexec_fn=prepare, start_new_session=True,
        )  # fmt: skip
        for descriptor in (requests[0], replies[1], out[1], err[1]):
            os.close(descriptor)
        with os.fdopen(requests[1], "wb") as pipe, contextlib.suppress(BrokenPipeError):
            pipe.write(json.dumps(request).encode() + b"\n")
        try:
            reply = self._forward({replies[0]: "reply", out[0]: "stdout", err[0]: "stderr"})
        finally:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        self.link.send({"exited": process.wait()})
        return reply

    def _forward(self, sources: dict[int, str]) -> dict[str, Any] | None:
        """Until the worker has closed everything; raises ConnectionLost when nobody listens any more."""
        reply, rest = None, b""
        with selectors.DefaultSelector() as selector:
            for descriptor in (*sources, self.link.source):
                selector.register(descriptor, selectors.EVENT_READ)
            while sources:
                for key, _ in selector.select():
                    if key.fd == self.link.source:
                        raise ConnectionLost("the near end is gone")
                    data = os.read(key.fd, CHUNK // 2)
                    name = sources[key.fd]
                    if not data:
                        selector.unregister(key.fd)
                        os.close(key.fd)
                        del sources[key.fd]
                    elif name == "reply":
                        *lines, rest = (rest + data).split(b"\n")
                        for line in lines:
                            reply = self._line(line) or reply
                    else:
                        self.link.send({name: data.decode("utf-8", "replace")})
        return reply

    def _line(self, line: bytes) -> dict[str, Any] | None:
        """Paths become those of the near machine. Answers the reply, when it is that."""
        text = line.decode("utf-8", "replace").replace(str(self.mirror) + "/", "/")
        self.link.send({"line": text})
        with contextlib.suppress(ValueError):
            message = json.loads(text)
            if isinstance(message, dict) and isinstance(message.get("result"), dict):
                return message["result"]
        return None

    def _give_back(self, folders: list[str], known: dict[str, str], reply: dict[str, Any] | None) -> None:
        mirror = str(self.mirror)
        made = [
            Entry(entry.path[len(mirror) :], entry.sha256, entry.size)
            for entry in listed(self.mirror / folder.lstrip("/") for folder in folders)
        ]
        changed = [entry for entry in made if known.get(entry.path) != entry.sha256]
        sources = [Entry(path, *digest(Path(path))) for path in self._sources(reply)]
        self.link.send({"files": as_json(changed), "sources": as_json(sources)})
        needed = self.link.receive()["need"]
        for entry in [*changed, *sources]:
            if entry.sha256 in needed:
                needed.remove(entry.sha256)
                self.link.file(Path(mirror + entry.path) if entry in changed else Path(entry.path), entry.size)
        self.link.receive()  # that all has arrived
        for entry in changed:  # the next request may want what this one made
            target = self.store / entry.sha256
            if not target.exists():
                self.store.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(mirror + entry.path, target)

    def _sources(self, reply: dict[str, Any] | None) -> list[str]:
        """Python files of this machine that the reply names: the near one reads and changes their text."""
        rows = (reply or {}).get("sources") or []
        paths = {row.get("path") for row in rows if isinstance(row, dict)} if isinstance(rows, list) else set()
        return sorted(
            path
            for path in paths
            if isinstance(path, str) and path.endswith(".py") and not (self.mirror / path.lstrip("/")).exists()
            if os.path.isfile(path) and os.path.getsize(path) <= _MOST_SOURCE
        )


def main(root: str) -> int:
    # Our own descriptors, out of the way of whatever prints.
    link = Link(os.dup(0), os.dup(1))
    os.dup2(2, 1)
    try:
        _Server(link, Path(root)).serve()
    except ConnectionLost as error:
        print(f"the far end: {error}", file=sys.stderr)
        return 1
    return 0
