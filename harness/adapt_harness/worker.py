"""A worker: takes one request from fd 3, answers on fd 4, and ends (PROTOCOL.md section 2)."""

from __future__ import annotations

import faulthandler
import importlib
import os
import sys
import traceback
from typing import Any, Callable

from adapt_harness import overlay
from adapt_harness.errors import message_of
from adapt_harness.protocol import (
    LINE_LIMIT,
    BadRequest,
    Channel,
    Request,
    UnknownMethod,
    field,
    greeting,
    options_of,
    settings,
)

_HIGH = 200  # private descriptors start here, out of the way of what models open and close
_GREETED = "ADAPT_HARNESS_GREETED"  # set across `execv`: the greeting has been sent

# method -> module that serves it; imported in the worker, after its environment is settled
_SERVERS = {
    "probe": "catalogue",
    "models": "catalogue",
    "describe": "reference",
    "reference": "reference",
    "build": "build",
    "eager": "build",
    "execute": "execute",
    "package": "package",
    "check": "check",
    "facts": "facts",
    "stubs": "stub_check",
    "bisect": "bisect",
}
# Variables that their library reads at each use; any other needs a process in which nothing has been imported yet.
_READ_LATE = {"TRANSFORMERS_DISABLE_TORCH_CHECK"}


def packages() -> dict[str, str]:
    from adapt_harness.backends.evidence import version_of

    names = (
        "torch",
        "transformers",
        "diffusers",
        "timm",
        "onnx",
        "onnxscript",
        "onnxruntime",
        "openvino",
        "iree-turbine",
        "iree-base-compiler",
        "iree-base-runtime",
        "executorch",
        "torch_xla",
        "numpy",
        "safetensors",
    )
    return {name: version for name in names if (version := version_of(name))}


def _private(descriptor: int) -> int:
    """Moves a descriptor out of reach: a high close-on-exec copy, with /dev/null left in its place."""
    import fcntl

    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _HIGH)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, descriptor, inheritable=True)
    os.close(null)
    return high


def _read_line(descriptor: int) -> bytes:
    data = bytearray()
    while not data.endswith(b"\n"):
        chunk = os.read(descriptor, 1 << 16)
        if not chunk:
            break
        data += chunk
        if len(data) > LINE_LIMIT:
            raise BadRequest(f"the request is over {LINE_LIMIT} bytes")
    return bytes(data)


def start_fresh(entry: str, request: bytes | None, requests_fd: int, replies_fd: int) -> None:
    """Replaces this process by a new interpreter with the same descriptors; `request` is what was read already."""
    if request is not None:
        memory = os.memfd_create("request")
        os.write(memory, request)
        os.lseek(memory, 0, os.SEEK_SET)
        requests_fd = memory
        os.environ[_GREETED] = "1"
    # Through high copies, because either may be the number the other has to take.
    copies = [os.dup(requests_fd), os.dup(replies_fd)]
    for source, target in zip(copies, (3, 4)):
        os.dup2(source, target, inheritable=True)
    os.execv(sys.executable, [sys.executable, "-I", "-B", "-X", "faulthandler", entry, "--worker"])


def _needs_fresh(request: Request) -> bool:
    late = set(settings(options_of(request.params), "env")) <= _READ_LATE
    clash = overlay.conflicts(overlay.modules_in(field(request.params, "overlay", str, None)))
    return "torch" in sys.modules and bool(clash or not late)


def _serve(request: Request, channel: Channel, stderr_fd: int) -> dict[str, Any]:
    if request.method not in _SERVERS:
        raise UnknownMethod(f"unknown method '{request.method}'")
    from adapt_harness import limits

    params = request.params
    os.environ.update({str(k): str(v) for k, v in settings(options_of(params), "env").items()})
    threads = field(params, "threads", int, 1)
    limits.thread_environment(threads)
    server = importlib.import_module(f"adapt_harness.{_SERVERS[request.method]}")
    if _SERVERS[request.method] != "catalogue":
        limits.settle_torch(threads)
    from adapt_harness.session import Session
    from adapt_harness.stages import Stages

    session = Session.open(params, Stages(channel, field(params, "stage_seconds", dict, {}), stderr_fd), stderr_fd)
    method: Callable[[Session], dict[str, Any]] = getattr(server, request.method)
    return method(session)


def _error(error: BaseException) -> dict[str, Any]:
    kind = error.kind if isinstance(error, BadRequest) else "internal"
    return {
        "kind": kind,
        "message": message_of(error) or type(error).__name__,
        "traceback": "" if isinstance(error, BadRequest) else traceback.format_exc()[-16384:],
    }


def main(entry: str) -> int:
    """Serves the request. Returns the exit status; the caller ends the process with `os._exit`."""
    requests_fd, replies_fd, stderr_fd = _private(3), _private(4), os.dup(2)
    os.set_inheritable(stderr_fd, False)
    faulthandler.enable(file=stderr_fd)
    channel = Channel(replies_fd)
    if not os.environ.pop(_GREETED, None):
        channel.send(greeting(packages(), len(sys.modules)))
    number = 0
    try:
        line = _read_line(requests_fd)
        if not line:
            return 0
        request = Request.parse(line)
        number = request.id
        if _needs_fresh(request):
            start_fresh(entry, line, requests_fd, replies_fd)
        os.close(requests_fd)
        reply = {"id": number, "result": _serve(request, channel, stderr_fd)}
    except SystemExit as error:
        # A model that calls sys.exit ends its worker, as it would end any program.
        return error.code if isinstance(error.code, int) else 1
    except BaseException as error:  # last line of defence: the engine gets an answer, whatever happened
        reply = {"id": number, "error": _error(error)}
    channel.send(reply)
    return 0
