"""A reply that runs into the output cap ends in the middle of whatever it was saying."""

from __future__ import annotations

from dataclasses import replace

from llm_server.conversation import Call, Part, Reply
from llm_server.ledger import BYTES_A_TOKEN


def capped(reply: Reply, cap: int | None) -> Reply:
    left = cap * BYTES_A_TOKEN if cap else None
    if left is None or sum(_size(part) for part in reply.parts) <= left:
        return reply
    parts: list[Part] = []
    for part in reply.parts:
        if _size(part) > left:
            parts += _beginning(part, left)
            break
        parts.append(part)
        left -= _size(part)
    return Reply(tuple(parts), "length")


def _size(part: Part) -> int:
    return len((part.name + part.arguments if isinstance(part, Call) else part.text).encode("utf-8", "surrogatepass"))


def _beginning(part: Part, size: int) -> list[Part]:
    """Nothing where not even the name of a call is left."""
    if isinstance(part, Call):
        size -= len(part.name.encode())
        kept = part.arguments.encode()[:max(size, 0)].decode("utf-8", "ignore")
        return [replace(part, arguments=kept)] if kept else []
    kept = part.text.encode("utf-8", "surrogatepass")[:size].decode("utf-8", "ignore")
    return [replace(part, text=kept)] if kept else []
