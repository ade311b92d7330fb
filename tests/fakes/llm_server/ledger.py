"""What each request would be billed, and the prompt cache that decides it. Tokens are counted from bytes alone, so that
a client's arithmetic can be held against the server's own."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, replace

from llm_server.conversation import Call, Reasoning, Reply, Request, Segment, Text

BYTES_A_TOKEN = 4
LOOK_BACK = 20  # blocks before a marker in which a cached prefix is found


def tokens(text: str) -> int:
    """Rounded up; nothing costs nothing."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_A_TOKEN)


@dataclass(frozen=True)
class Usage:
    """Disjoint buckets, but for `reasoning`, which is part of `output`."""

    fresh: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    output: int = 0
    reasoning: int = 0

    @property
    def prompt(self) -> int:
        return self.fresh + self.cache_read + self.cache_write + self.cache_write_1h

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Entry:
    """One request that reached a persona, and what it costs. `complete` is false where the answer was cut off: what had
    been generated until then is billed all the same. `told` says whether the client was shown these numbers."""

    number: int
    dialect: str
    model: str
    usage: Usage
    complete: bool = True
    told: bool = True
    fault: str = ""


def output_of(reply: Reply) -> Usage:
    spoken = reasoning = 0
    for part in reply.parts:
        if isinstance(part, Text):
            spoken += tokens(part.text)
        elif isinstance(part, Call):
            spoken += tokens(part.name + part.arguments)
        elif isinstance(part, Reasoning):
            reasoning += tokens(part.text)
    return Usage(output=spoken + reasoning, reasoning=reasoning)


class PromptCache:
    """Prefixes that were sent before, by model. Nothing expires: a test is shorter than any time to live."""

    def __init__(self, minimum_tokens: int):
        self._minimum = minimum_tokens
        self._known: set[bytes] = set()
        self._lock = threading.Lock()

    def bill(self, request: Request, by_markers: bool) -> Usage:
        """Input buckets of `request`; remembers its prefixes. A cache with markers reads and writes at those only."""
        sums, keys = _prefixes(request)
        if not sums:
            return Usage()
        marked = [number for number, segment in enumerate(request.segments) if segment.marker]
        with self._lock:
            if by_markers:
                candidates = {place for mark in marked for place in range(max(0, mark - LOOK_BACK), mark + 1)}
                stored = marked
            else:
                candidates = set(range(len(sums)))
                stored = list(candidates)
            read = max((sums[n] for n in candidates if keys[n] in self._known), default=0)
            self._known.update(keys[n] for n in stored if sums[n] >= self._minimum)
        usage = Usage(fresh=sums[-1] - read, cache_read=read)
        return _written(usage, request.segments, sums, marked, self._minimum) if by_markers else usage


def _prefixes(request: Request) -> tuple[list[int], list[bytes]]:
    digest, total = hashlib.sha256(f"{request.dialect}\0{request.model}".encode()), 0
    sums: list[int] = []
    keys: list[bytes] = []
    for segment in request.segments:
        data = segment.text.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little") + data)
        total += tokens(segment.text)
        sums.append(total)
        keys.append(digest.copy().digest())
    return sums, keys


def _written(usage: Usage, segments: tuple[Segment, ...], sums: list[int], marked: list[int], minimum: int) -> Usage:
    """Moves what was written to the cache out of the fresh tokens: up to the last marker of an hour, then to the last."""
    short, long, done = 0, 0, usage.cache_read
    for mark in marked:
        if sums[mark] < minimum or sums[mark] <= done:
            continue
        if segments[mark].marker == "1h":
            long += sums[mark] - done
        else:
            short += sums[mark] - done
        done = sums[mark]
    return replace(usage, fresh=usage.fresh - short - long, cache_write=short, cache_write_1h=long)


class Ledger:
    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        with self._lock:
            self._entries.append(entry)

    @property
    def entries(self) -> list[Entry]:
        """In the order of the requests."""
        with self._lock:
            return sorted(self._entries, key=lambda entry: entry.number)

    def total(self) -> Usage:
        return sum((entry.usage for entry in self.entries), Usage())
