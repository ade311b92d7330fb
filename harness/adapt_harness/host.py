"""The host: imports the libraries once, then forks a worker for each request. It never runs foreign code.

Talks on fd 3, a SOCK_SEQPACKET socket (PROTOCOL.md 1.1). Single-threaded throughout, so that a fork is safe.
"""

from __future__ import annotations

import argparse
import array
import contextlib
import json
import os
import selectors
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

from adapt_harness import limits, worker
from adapt_harness.backends import names
from adapt_harness.overlay import conflicts
from adapt_harness.preload import LIBRARIES, preload
from adapt_harness.protocol import PACKET_LIMIT, BadRequest, encode, field, greeting
from adapt_harness.remote.link import ConnectionLost
from adapt_harness.remote.relay import Relay
from adapt_harness.remote.ship import Machine, archive

_CHANNEL = 3
_DESCRIPTORS = 5  # stdin, stdout, stderr, requests, replies


class Host:
    """`relay`: where the workers take their requests, instead of serving them."""

    def __init__(self, channel: socket.socket, entry: str, relay: Relay | None = None, greeting: dict[str, Any] | None = None):
        self._channel = channel
        self._entry = entry
        self._relay = relay
        self._greeting = greeting or {}
        self._selector = selectors.DefaultSelector()
        self._pidfds: dict[int, int] = {}  # worker's pid -> our pidfd

    def serve(self) -> None:
        """Until end of file on the channel; then every worker is killed."""
        limits.become_subreaper()
        self._selector.register(self._channel, selectors.EVENT_READ, self._on_packet)
        try:
            while True:
                for key, _ in self._selector.select():
                    if not key.data(key.fileobj):
                        return
        finally:
            self._kill_strays(spare=set())  # now that nobody asks, the workers are strays too

    # Packets

    def _on_packet(self, channel: socket.socket) -> bool:
        packet, ancillary, _, _ = channel.recvmsg(PACKET_LIMIT, socket.CMSG_SPACE(4 * 16), socket.MSG_CMSG_CLOEXEC)
        descriptors = _received(ancillary)
        if not packet:
            return False
        number = 0
        try:
            message = json.loads(packet)
            if not isinstance(message, dict):
                raise BadRequest("a packet is a JSON object")
            number = field(message, "id", int)
            if message.get("method") != "fork":
                raise BadRequest(f"unknown method '{message.get('method')}'")
            if len(descriptors) != _DESCRIPTORS:
                raise BadRequest(f"{len(descriptors)} descriptors came with the request, not {_DESCRIPTORS}")
            pid = self._fork(field(message, "params", dict), descriptors)
            self._send({"id": number, "result": {"pid": pid}}, [self._pidfds[pid]])
        except (ValueError, BadRequest, OSError) as error:
            kind = error.kind if isinstance(error, BadRequest) else "internal"
            self._send({"id": number, "error": {"kind": kind, "message": str(error), "traceback": ""}})
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        return True

    def _send(self, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        with contextlib.suppress(BrokenPipeError):  # the next read is end of file
            self._channel.sendmsg([encode(message)], rights)

    # Workers

    def _fork(self, params: dict[str, Any], descriptors: list[int]) -> int:
        pid = os.fork()
        if pid == 0:
            status = 70
            try:
                status = self._become_worker(params, descriptors)
            except BaseException:
                traceback.print_exc()
            finally:
                with contextlib.suppress(Exception):
                    sys.stdout.flush()
                    sys.stderr.flush()
                os._exit(status)
        self._pidfds[pid] = os.pidfd_open(pid)
        self._selector.register(self._pidfds[pid], selectors.EVENT_READ, lambda _, pid=pid: self._on_exit(pid))
        return pid

    def _become_worker(self, params: dict[str, Any], descriptors: list[int]) -> int:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._selector.close()
        # High copies first: a received number may be one of the targets.
        high = [os.dup(descriptor) for descriptor in descriptors]
        _move_above(high)
        for target, descriptor in enumerate(high):
            os.dup2(descriptor, target, inheritable=True)
        os.closerange(_DESCRIPTORS, 1 << 16)
        os.chdir(field(params, "cwd", str, "/"))
        if self._relay is not None:
            return self._relay.serve(params, self._greeting)
        limits.apply(params)
        if conflicts(field(params, "preloaded_conflicts", list, [])):
            worker.start_fresh(self._entry, None, 3, 4)
        return worker.main(self._entry)

    def _on_exit(self, pid: int) -> bool:
        _kill_group(pid)  # while the zombie still holds the id, nobody else can have this group
        _, status, usage = os.wait4(pid, 0)
        self._selector.unregister(self._pidfds[pid])
        os.close(self._pidfds.pop(pid))
        strays = self._kill_strays(spare=set(self._pidfds))
        self._send(
            {
                "event": "exited",
                "pid": pid,
                "status": status,
                "peak_rss_bytes": usage.ru_maxrss * 1024,
                "strays": strays,
            }
        )
        return True

    def _kill_strays(self, spare: set[int]) -> int:
        """Kills and reaps every child but the live workers; a killed child's own children come to us in turn.

        No worker has a reason to leave an orphan, so one that escaped a session is killed whoever's it was.
        """
        killed = 0
        while True:
            orphans = [child for child in _children() if child not in spare]
            if not orphans:
                return killed
            for orphan in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(orphan, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(orphan, 0)
                killed += 1


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _children() -> list[int]:
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


def _move_above(descriptors: list[int]) -> None:
    """Replaces each descriptor that is one of the low targets by a copy above them."""
    for i, descriptor in enumerate(descriptors):
        held = []
        while descriptor < _DESCRIPTORS:
            held.append(descriptor)
            descriptor = os.dup(descriptor)
        descriptors[i] = descriptor
        for low in held:
            os.close(low)


def _received(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    found: list[int] = []
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            numbers = array.array("i")
            numbers.frombytes(data[: len(data) - len(data) % numbers.itemsize])
            found.extend(numbers)
    return found


def main(arguments: list[str], entry: str) -> int:
    parser = argparse.ArgumentParser(prog="host_main.py")
    parser.add_argument(
        "--backend",
        action="append",
        default=[],
        choices=names(),
        help="also import this backend's packages; may be given several times",
    )
    parser.add_argument(
        "--library",
        action="append",
        default=[],
        choices=sorted(LIBRARIES),
        help="also import this library of models; may be given several times",
    )
    parser.add_argument("--remote", nargs=5, metavar=("HOST", "PYTHON", "FOLDER", "RUN", "KEEP"),
                        help="workers run on HOST, reached by ssh; KEEP is where its source files are kept here")  # fmt: skip
    chosen = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the engine decides when a run ends
    channel = socket.socket(fileno=_CHANNEL)
    os.set_inheritable(_CHANNEL, False)
    if chosen.remote:
        host, python, folder, run, keep = chosen.remote
        relay = Relay(Machine(host, python, folder), archive(), run, Path(keep))
        try:
            there = relay.greeting()
        except ConnectionLost as error:
            print(error, file=sys.stderr)
            return 1
        channel.sendmsg([encode(there)])
        Host(channel, entry, relay, there).serve()
        return 0
    preload(chosen.backend, chosen.library)
    channel.sendmsg([encode(greeting(worker.packages(), len(sys.modules)))])
    Host(channel, entry).serve()
    return 0
