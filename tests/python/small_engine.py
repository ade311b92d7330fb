"""A stand-in for the C++ engine: starts a real host and speaks PROTOCOL.md to it and to its workers."""

from __future__ import annotations

import array
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Answer:
    """Everything one worker said, and how it ended."""

    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    greeting: dict[str, Any] | None = None
    stages: list[str] = field(default_factory=list)
    stage_times: list[tuple[str, float]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    stdout: str = ""
    stderr: str = ""
    status: int | None = None
    strays: int = 0
    peak_rss_bytes: int = 0
    wall: float = 0.0

    def ok(self) -> dict[str, Any]:
        assert self.result is not None, f"no result: {self.error} status {self.status}\n{self.stderr[-4000:]}"
        return self.result


class HostProcess:
    def __init__(self, entry: Path, *arguments: str):
        self._entry, self._arguments = entry, arguments
        self.ready_seconds = 0.0

    def __enter__(self) -> "HostProcess":
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel = ours
        start = time.monotonic()
        inherited = os.dup(theirs.fileno())

        def wire() -> None:
            os.dup2(inherited, 3, inheritable=True)

        command = [sys.executable, "-I", "-B", "-X", "faulthandler", str(self._entry), *self._arguments]
        self.process = subprocess.Popen(command, preexec_fn=wire, close_fds=False, stdin=subprocess.DEVNULL)
        theirs.close()
        os.close(inherited)
        self.greeting = json.loads(self.channel.recv(1 << 16))
        self.ready_seconds = time.monotonic() - start
        self._next = 0
        return self

    def __exit__(self, *_: Any) -> None:
        self.channel.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def ask(
        self,
        method: str,
        params: dict[str, Any],
        seconds: float = 180,
        fork: dict[str, Any] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """Forks a worker, sends one request, and waits for its end; kills its group at the deadline."""
        self._next += 1
        answer = Answer()
        request_out, request_in = os.pipe()
        reply_out, reply_in = os.pipe()
        start = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, open(os.devnull, "rb") as null:
            message = {"id": self._next, "method": "fork", "params": {"cwd": "/tmp", **(fork or {})}}
            descriptors = [null.fileno(), out.fileno(), err.fileno(), request_out, reply_in]
            self.channel.sendmsg(
                [json.dumps(message).encode()], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
            )
            os.close(request_out)
            os.close(reply_in)
            packet, ancillary, _, _ = self.channel.recvmsg(1 << 16, socket.CMSG_SPACE(4))
            forked = json.loads(packet)
            assert "result" in forked, forked
            pid = forked["result"]["pid"]
            pidfd = array.array("i", ancillary[0][2])[0]
            os.write(
                request_in,
                raw if raw is not None else json.dumps({"id": 1, "method": method, "params": params}).encode() + b"\n",
            )
            os.close(request_in)
            self._collect(answer, reply_out, pid, start + seconds, start)
            self._await_exit(answer, pid, start + seconds)
            os.close(pidfd)
            for stream, name in ((out, "stdout"), (err, "stderr")):
                stream.seek(0)
                setattr(answer, name, stream.read().decode(errors="replace"))
        answer.wall = time.monotonic() - start
        return answer

    def _collect(self, answer: Answer, descriptor: int, pid: int, deadline: float, start: float) -> None:
        data = b""
        while time.monotonic() < deadline:
            ready, _, _ = select.select([descriptor, self.channel], [], [], max(0.0, deadline - time.monotonic()))
            if descriptor in ready:
                chunk = os.read(descriptor, 1 << 16)
                if not chunk:
                    break
                data += chunk
                while b"\n" in data:
                    line, data = data.split(b"\n", 1)
                    self._line(answer, line.decode(), start)
            elif self.channel in ready:
                self._exited(answer, pid)
                break
        else:
            os.killpg(pid, signal.SIGKILL)
        os.close(descriptor)

    def _line(self, answer: Answer, line: str, start: float) -> None:
        answer.lines.append(line)
        message = json.loads(line)
        if message.get("event") == "stage":
            answer.stages.append(message["stage"])
            answer.stage_times.append((message["stage"], time.monotonic() - start))
        elif "protocol" in message:
            answer.greeting = message
        elif message.get("id") == 1:
            answer.result, answer.error = message.get("result"), message.get("error")

    def _await_exit(self, answer: Answer, pid: int, deadline: float) -> None:
        while answer.status is None:
            ready, _, _ = select.select([self.channel], [], [], max(1.0, deadline - time.monotonic()))
            if not ready:
                os.killpg(pid, signal.SIGKILL)
                continue
            self._exited(answer, pid)

    def _exited(self, answer: Answer, pid: int) -> None:
        message = json.loads(self.channel.recv(1 << 16))
        assert message.get("event") == "exited" and message["pid"] == pid, message
        answer.status, answer.strays = message["status"], message["strays"]
        answer.peak_rss_bytes = message["peak_rss_bytes"]
