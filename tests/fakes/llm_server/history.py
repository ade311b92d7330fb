"""Which conversations a server has seen. What was said is never rewritten: caches, signatures and records hang on it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from llm_server import text_protocol
from llm_server.conversation import Assistant, Call, Part, Reasoning, Reply, Request, Text
from llm_server.dialects import DIALECTS
from llm_server.dialects.base import merged
from llm_server.json_text import json_object

ANYTHING = Reply(())  # stands for a reply that a fault garbled: no telling what the client read in it


@dataclass(eq=False)
class State:
    """A conversation as far as a request told it, and what was answered: more than once where it was asked again."""

    key: tuple[str, str]  # dialect and model
    head: tuple[str, ...]
    segments: tuple[str, ...]
    messages: int
    replies: list[Reply] = field(default_factory=list)


def _state(request: Request) -> State:
    texts = tuple(segment.text for segment in request.segments)
    return State((request.dialect, request.model), texts[:request.head], texts[request.head:], len(request.messages))


class History:
    def __init__(self, branches: bool):
        self._branches = branches
        self._states: list[State] = []
        self._signatures: set[str] = set()
        self._lock = threading.Lock()

    def complaints(self, request: Request) -> list[str]:
        """Also takes note of the request, where it complains about nothing."""
        with self._lock:
            found = list(self._foreign_signatures(request))
            state = _state(request)
            begun = [old for old in self._states if old.key == state.key and old.segments[:1] == state.segments[:1]]
            if request.turns and begun:
                found += self._continued(request, state, begun)
            elif not found:
                self._states.append(state)
            return found

    def said(self, request: Request, reply: Reply) -> None:
        with self._lock:
            self._signatures.update(part.signature for part in reply.parts if not isinstance(part, Text) and part.signature)
            segments = _state(request).segments
            for state in reversed(self._states):
                if state.segments == segments and state.key == (request.dialect, request.model):
                    state.replies.append(reply)
                    return

    def _foreign_signatures(self, request: Request) -> Iterator[str]:
        for turn in request.turns:
            for part in turn.parts:
                if not isinstance(part, Text) and part.signature and part.signature not in self._signatures:
                    yield f"a signature that this server never made: '{part.signature[:16]}...'"

    def _continued(self, request: Request, state: State, begun: list[State]) -> list[str]:
        for old in begun:
            if old.segments == state.segments:  # asked again
                return [] if old.head == state.head else ["the tools or the system text of a conversation have changed"]
        before = [old for old in begun if state.segments[:len(old.segments)] == old.segments]
        if not before:
            return [self._where_it_differs(state, begun)]
        before.sort(key=lambda old: -len(old.segments))
        fitting = [old for old in before if old.head == state.head]
        if not fitting:
            return ["the tools or the system text of a conversation have changed"]
        for old in fitting:
            turn = request.messages[old.messages] if old.messages < len(request.messages) else None
            if not isinstance(turn, Assistant) or any(self._echoed(reply, turn, request) for reply in old.replies):
                if not self._branches:
                    self._states.remove(old)
                self._states.append(state)
                return []
        turn = request.messages[fitting[0].messages]
        said = " or ".join(str(merged(reply.parts)) for reply in fitting[0].replies) or "nothing"
        return [f"a turn came back changed: {str(turn)[:600]}; what was said: {said[:600]}"]

    def _echoed(self, reply: Reply, turn: Assistant, request: Request) -> bool:
        if text_protocol.spoken_in(request) and reply is not ANYTHING:
            return text_protocol.same(reply.text, turn.text)
        return echoes(reply, turn, request.dialect)

    def _where_it_differs(self, state: State, begun: list[State]) -> str:
        def common(old: State) -> int:
            pairs = list(zip(old.segments, state.segments))
            return next((n for n, (a, b) in enumerate(pairs) if a != b), len(pairs))

        nearest = max(begun, key=common)
        place = common(nearest)
        if place == len(state.segments):
            return f"history was taken back: {len(nearest.segments)} pieces were told before, now {place}"
        return (f"history was rewritten at piece {place}: '{nearest.segments[place][:300]}' became "
                f"'{state.segments[place][:300]}'")


def echoes(said: Reply, turn: Assistant, dialect: str) -> bool:
    """Whether `turn` is `said`, as a client has to give it back. Calls that cannot be read, or that the output cap cut
    short, may be left out or mended."""
    if said is ANYTHING:
        return True
    ours, theirs = merged(said.parts), merged(turn.parts)
    if not ours:
        return all(isinstance(part, Text) for part in theirs)  # no dialect lets a turn of nothing come back as nothing
    if not DIALECTS[dialect].reasoning_required:
        told = "".join(part.text for part in theirs if isinstance(part, Reasoning))
        if told and told != "".join(part.text for part in ours if isinstance(part, Reasoning)):
            return False
        ours, theirs = _text_then_calls(ours), _text_then_calls(theirs)
    rest = list(theirs)
    for part in ours:
        if rest and _same(part, rest[0], dialect):
            rest.pop(0)
        elif not (isinstance(part, Call) and (said.stop == "length" or json_object(part.arguments) is None)):
            return False
    return not rest


def _text_then_calls(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The order that is left where text and calls are members of their own."""
    texts = tuple(part for part in parts if isinstance(part, Text))
    return merged(texts) + tuple(part for part in parts if isinstance(part, Call))


def _same(ours: Part, theirs: Part, dialect: str) -> bool:
    if not isinstance(ours, Call) or not isinstance(theirs, Call):
        return ours == theirs
    if (ours.name, ours.signature) != (theirs.name, theirs.signature):
        return False
    if ours.id != theirs.id and not theirs.id.startswith("#"):  # a place in place of an id: the client left it out
        return False
    given = json_object(ours.arguments)
    if given is None:
        return True  # no JSON: whatever the client made of it
    if dialect in ("chat", "responses") and ours.arguments:
        return ours.arguments == theirs.arguments
    return given == json_object(theirs.arguments)
