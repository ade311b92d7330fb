"""The wire: what may be said, and the one channel a worker says it on (PROTOCOL.md sections 2 to 4).

Mirrors `harness/client/messages.h`. Nothing here imports torch, so both ends of a test can use it cheaply.
"""

from __future__ import annotations

import json
import math
import os
import re
from dataclasses import dataclass
from typing import Any

PROTOCOL = 1
LINE_LIMIT = 1 << 20  # bytes of one line, newline included
PACKET_LIMIT = 64 << 10  # bytes of one message on the host's socket

STAGES = ("resolve", "load", "inputs", "eager", "capture", "lower", "compile", "run", "compare")
FAILURE_CLASSES = (
    "missing-package",
    "bad-config",
    "bad-checkpoint",
    "import-error",
    "exception",
    "data-dependent",
    "unsupported-op",
    "unsupported-dtype",
    "legalize-failed",
    "shape-mismatch",
    "nondeterministic",
    "nan-output",
    "crash",
    "hang",
    "out-of-memory",
    "exit",
    "protocol-violation",
    "device",
    "output-mismatch",
    "other",
)
METHODS = (
    "probe",
    "models",
    "describe",
    "reference",
    "build",
    "execute",
    "eager",
    "package",
    "check",
    "facts",
    "stubs",
    "bisect",
)
_FUNCTION = re.compile(r"(?!__)[A-Za-z_]\w*", re.ASCII)  # of a stub
_MODULE = re.compile(r"[A-Za-z]\w*(\.(?!__)[A-Za-z_]\w*)*", re.ASCII)
OPTION_SCOPES = ("env", "load", "config", "forward", "capture", "lower", "compile")


class BadRequest(Exception):
    """The engine asked for something this page does not define; answered as an `error`, never as a result."""

    kind = "bad-request"


class UnknownMethod(BadRequest):
    kind = "unknown-method"


def finite(value: Any) -> Any:
    """`value` as plain JSON: non-finite numbers become their names, unknown objects their text."""
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, dict):
        return {str(k): finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [finite(v) for v in value]
    return str(value)


def encode(message: dict[str, Any]) -> bytes:
    # Lone surrogates come from models that print bytes; "replace" keeps the line valid UTF-8.
    text = json.dumps(finite(message), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


@dataclass(frozen=True)
class Request:
    id: int
    method: str
    params: dict[str, Any]

    @staticmethod
    def parse(line: bytes) -> "Request":
        try:
            message = json.loads(line)
        except ValueError as error:
            raise BadRequest(f"the request is not JSON: {error}") from error
        if not isinstance(message, dict) or type(message.get("id")) is not int:
            raise BadRequest("a request is an object with an integer id")
        method, params = message.get("method"), message.get("params", {})
        if not isinstance(method, str) or not isinstance(params, dict):
            raise BadRequest("a request has a text method and an object of params")
        return Request(message["id"], method, params)


def field(params: dict[str, Any], name: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
    """A checked read of one parameter. Without `default` the parameter is required."""
    value = params.get(name, default)
    if value is ...:
        raise BadRequest(f"params.{name} is missing")
    if value is default or isinstance(value, kind):
        return value
    raise BadRequest(f"params.{name} is {type(value).__name__}, expected {kind}")


def options_of(params: dict[str, Any]) -> list[dict[str, Any]]:
    """The chosen options, each checked to have an id, a known scope and an object of settings."""
    options = field(params, "options", list, [])
    for option in options:
        known = isinstance(option, dict) and option.get("scope") in OPTION_SCOPES
        if not known or not isinstance(option.get("set"), dict) or not isinstance(option.get("id"), str):
            raise BadRequest(f"not an option: {option!r}")
    return options


def stubs_of(holder: dict[str, Any]) -> list[dict[str, Any]]:
    """The stub modules of a model (or of `stubs`), each checked to have a dotted name, names of functions, and a flag."""
    stubs = field(holder, "stubs", list, [])
    for stub in stubs:
        names = stub.get("functions") if isinstance(stub, dict) else None
        known = isinstance(names, list) and all(isinstance(name, str) and _FUNCTION.fullmatch(name) for name in names)
        module = stub.get("module") if known else None
        if not isinstance(module, str) or not _MODULE.fullmatch(module) or type(stub.get("spec")) is not bool:
            raise BadRequest(f"not a stub: {stub!r}")
    return stubs


def settings(options: list[dict[str, Any]], scope: str) -> dict[str, Any]:
    """What the options of one scope set; of two options that set the same key the later wins."""
    merged: dict[str, Any] = {}
    for option in options:
        if option["scope"] == scope:
            merged.update(option["set"])
    return merged


class Channel:
    """The reply pipe of one worker. Only the process that opened it can write: a fork made by a model is silent."""

    def __init__(self, descriptor: int):
        self._descriptor = descriptor
        self._owner = os.getpid()

    def send(self, message: dict[str, Any]) -> None:
        if os.getpid() != self._owner:
            os._exit(1)  # a child that a model forked has run on into our code
        line = encode(message)
        if len(line) > LINE_LIMIT:
            detail = f"the answer has {len(line)} bytes, over the limit of {LINE_LIMIT}"
            line = encode(
                {"id": message.get("id", 0), "error": {"kind": "internal", "message": detail, "traceback": ""}}
            )
        view = memoryview(line)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def stage(self, name: str) -> None:
        self.send({"event": "stage", "stage": name})

    def note(self, text: str) -> None:
        self.send({"event": "note", "text": text[:4096]})


def greeting(packages: dict[str, str], modules: int) -> dict[str, Any]:
    import platform

    from adapt_harness import VERSION

    return {
        "protocol": PROTOCOL,
        "harness": VERSION,
        "python": platform.python_version(),
        "packages": packages,
        "methods": list(METHODS),
        "modules": modules,
    }
