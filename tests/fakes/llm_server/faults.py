"""What goes wrong between a reply and its reader. A fault is a value with a name; a plan says which request meets which.

Faults that replace the answer come instead of the persona's reply, which is then neither made nor billed. The others
change an answer that was made."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from llm_server.answer import Answer
from llm_server.conversation import Request
from llm_server.dialects import Dialect


@dataclass(frozen=True)
class Context:
    """What a fault may look at."""

    dialect: Dialect
    request_id: str
    number: int  # of the request, from 0


@dataclass(frozen=True)
class Fault:
    name: str
    apply: Callable[[Answer, Context], Answer]
    replaces: bool = False
    garbles: bool = False  # the client reads something else than was said
    hides_usage: bool = False


class Plan:
    """Which fault the next request meets."""

    def pick(self, number: int, request: Request) -> Fault | None:
        return None


class At(Plan):
    """By the number of the request, counted over all conversations: retries count."""

    def __init__(self, faults: Mapping[int, Fault]):
        self._faults = dict(faults)

    def pick(self, number: int, request: Request) -> Fault | None:
        return self._faults.get(number)


class AtTurn(Plan):
    """By the number of turns that the request's history holds: the first try meets the first of the list, and so on."""

    def __init__(self, faults: Mapping[int, Sequence[Fault]]):
        self._faults = {turn: list(those) for turn, those in faults.items()}
        self._tries: Counter[int] = Counter()
        self._lock = threading.Lock()

    def pick(self, number: int, request: Request) -> Fault | None:
        turn = len(request.turns)
        with self._lock:
            number_of_try = self._tries[turn]
            self._tries[turn] += 1
        those = self._faults.get(turn, [])
        return those[number_of_try] if number_of_try < len(those) else None


class Seeded(Plan):
    """By chance, the same for the same seed and number; never more than `most_in_row` one after another."""

    def __init__(self, seed: int, rate: float, faults: Sequence[Fault], most_in_row: int = 2):
        self._seed, self._rate, self._faults, self._most = seed, rate, list(faults), most_in_row

    def _hit(self, number: int) -> bool:
        return number >= 0 and random.Random(f"{self._seed}/{number}").random() < self._rate

    def pick(self, number: int, request: Request) -> Fault | None:
        start = number
        while self._hit(start - 1):
            start -= 1
        if not self._hit(number) or (number - start) % (self._most + 1) == self._most:
            return None
        return random.Random(f"{self._seed}/{number}/which").choice(self._faults)


def at(faults: Mapping[int, Fault]) -> Plan:
    return At(faults)


def at_turn(faults: Mapping[int, Sequence[Fault]]) -> Plan:
    return AtTurn(faults)


def random_plan(seed: int, rate: float, faults: Sequence[Fault], most_in_row: int = 2) -> Plan:
    return Seeded(seed, rate, faults, most_in_row)
