"""An exception, wherever it came from, as the failure record of the protocol (section 4)."""

from __future__ import annotations

import traceback
from typing import Any

from adapt_harness import failure_rules as rules
from adapt_harness import graph
from adapt_harness.errors import message_of
from adapt_harness.graph import Place
from adapt_harness.source_files import SourceFiles
from adapt_harness.stubs import StubCalled

MESSAGE_BYTES = 4 << 10
LOG_BYTES = 16 << 10
_FINGERPRINT_CHARS = 300


class NanOutput(Exception):
    """Every draw gave NaN, so nothing can be compared."""


def head(text: str, limit: int) -> str:
    return text.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")


def tail(text: str, limit: int) -> str:
    return text.encode("utf-8", "replace")[-limit:].decode("utf-8", "ignore")


def chain(error: BaseException) -> list[BaseException]:
    """The exception and what led to it, outermost first."""
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return found


def explaining(error: BaseException) -> BaseException:
    """What wrappers were put around; an exception raised while handling another is no wrapper.

    A call of a stub explains whatever came of it.
    """
    called = next((e for e in chain(error) if isinstance(e, StubCalled)), None)
    if called is not None:
        return called
    current = error
    while rules.WRAPPERS.search(type(current).__name__):
        inner = current.__cause__ or getattr(current, "inner_exception", None)
        if not isinstance(inner, BaseException) or inner is current:
            break
        current = inner
    return current


def _stack(error: BaseException) -> list[Place]:
    frames = traceback.extract_tb(error.__traceback__)
    return [Place(f.filename, f.lineno or 0, f.name) for f in reversed(frames)]


def _stack_in_text(message: str) -> list[Place]:
    """Frames that a message prints ("from user code", "User stack"), innermost first."""
    return [Place(f, int(n), fn) for f, n, fn in rules.USER_CODE.findall(message)][::-1]


def _with_diagnostics(message: str, log: str) -> str:
    """A compiler that reports on stderr raises only "failed": its diagnostics are the message then."""
    if not log or "error:" in message:
        return message
    at = log.find("error:")
    return message if at < 0 else f"{message}\n{log[log.rfind(chr(10), 0, at) + 1 :]}"


def _locate(
    error: BaseException, message: str, op: str | None, files: SourceFiles, program: Any
) -> tuple[Place | None, list[Place]]:
    """Raised in the model's source, named by a message, or mapped back through the captured graph; in this order."""
    for stack in [*map(_stack, chain(error)), _stack_in_text(message)]:
        place, others = files.locate(stack)
        if place:
            return place, others
    if program is None:
        return None, []
    names = [name for pattern in rules.NODES for name in pattern.findall(message)]
    lines = [(file, int(line)) for file, line in rules.LINES.findall(message)]
    own_lines = [(file, line) for file, line in lines if files.inside(file)]
    ops = [op] if op else []
    place, others = files.locate(graph.find(program, names, own_lines, ops))
    if place is None and own_lines:
        place = Place(own_lines[0][0], own_lines[0][1], "")
    return place, others


def record(error: BaseException, stage: str, files: SourceFiles, program: Any = None, log: str = "") -> dict[str, Any]:
    """`program` is the captured graph, where there is one: it leads from a backend's operator to the model's line."""
    cause = explaining(error)
    message = _with_diagnostics(message_of(cause) or type(cause).__name__, log)
    everything = "\n".join([message, *(message_of(e) for e in chain(error)[:8])])
    name = type(cause).__name__
    ops = (
        []
        if stage in ("resolve", "load", "inputs", "eager")
        else rules.operators_of(message) or rules.operators_of(everything)
    )
    # A backend may decompose first and then name what the model never called: prefer an operator of the graph.
    op = next((o for o in ops if program is not None and graph.has(program, o)), ops[0] if ops else None)
    known = getattr(cause, "failure_class", None) or getattr(error, "failure_class", None)
    kind = "nan-output" if isinstance(error, NanOutput) else known or rules.class_of(name, message, stage)
    place, others = _locate(error, everything, op, files, program)
    frames = [files.frame(other) for other in others]
    frame = files.frame(place) if place else {}
    fingerprint = "|".join(
        (stage, kind, rules.fold(op or ""), rules.fold(rules.headline(message))[:_FINGERPRINT_CHARS])
    )
    return {
        "stage": stage,
        "class": kind,
        "exception": name,
        "message": head(message, MESSAGE_BYTES),
        "fingerprint": fingerprint,
        "op": op,
        "file": frame.get("file"),
        "line": frame.get("line"),
        "function": frame.get("function"),
        "source": frame.get("source"),
        "frames": frames,
        "log": tail(log, LOG_BYTES),
    }
