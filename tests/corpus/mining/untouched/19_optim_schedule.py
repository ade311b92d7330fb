import math
from bisect import bisect_right


class Schedule:
    """Multipliers by step; pure arithmetic."""

    def __call__(self, step: int) -> float:
        raise NotImplementedError

    def __mul__(self, other):
        return Product(self, other)


class Product(Schedule):
    def __init__(self, *parts):
        self.parts = parts

    def __call__(self, step):
        return math.prod(p(step) for p in self.parts)


class Warmup(Schedule):
    def __init__(self, n):
        self.n = n

    def __call__(self, step):
        return min(1.0, (step + 1) / self.n)


class Cosine(Schedule):
    def __init__(self, total, cycles=0.5, floor=0.0):
        self.total, self.cycles, self.floor = total, cycles, floor

    def __call__(self, step):
        t = min(step / self.total, 1.0)
        return self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(2 * math.pi * self.cycles * t))


class Steps(Schedule):
    def __init__(self, marks, gamma=0.1):
        self.marks, self.gamma = sorted(marks), gamma

    def __call__(self, step):
        return self.gamma ** bisect_right(self.marks, step)


class Restarts(Schedule):
    def __init__(self, period, mult=2):
        self.period, self.mult = period, mult

    def __call__(self, step):
        n = self.period
        while step >= n:
            step -= n
            n *= self.mult
        return Cosine(n)(step)


def parse(text):
    table = {"warmup": Warmup, "cosine": Cosine, "restarts": Restarts}
    out = None
    for part in text.split("*"):
        name, _, args = part.strip().partition(":")
        if name not in table:
            raise KeyError(f"schedule {name!r}")
        one = table[name](*(int(a) for a in args.split(",")))
        out = one if out is None else out * one
    return out


def every(step, n):
    return step > 0 and step % n == 0
