from __future__ import annotations
import itertools
import logging as lg
import random
import torch
from torch import nn

out = lg.getLogger("nas")
OPS = {"conv3": lambda c: nn.Conv2d(c, c, 3, padding=1), "conv5": lambda c: nn.Conv2d(c, c, 5, padding=2), "skip": lambda c: nn.Identity()}


class Cell(nn.Module):
    def __init__(self, c: int, names: list[str]):
        super().__init__()
        unknown = [n for n in names if n not in OPS]
        if unknown:
            out.warning("unknown operations %s are dropped", unknown)
        self.ops = nn.ModuleList(OPS[n](c) for n in names if n in OPS)
        self.alpha = nn.Parameter(torch.zeros(len(self.ops)))

    def forward(self, x):
        w = self.alpha.softmax(0)
        return sum(a * op(x) for a, op in zip(w, self.ops))


class SuperNet(nn.Module):
    def __init__(self, c=16, depth=4, classes=10):
        super().__init__()
        self.stem, self.head = nn.Conv2d(3, c, 3, padding=1), nn.Linear(c, classes)
        self.cells = nn.ModuleList(Cell(c, list(OPS)) for _ in range(depth))

    def forward(self, x):
        x = self.stem(x)
        for cell in self.cells:
            x = torch.relu(cell(x))
        return self.head(x.mean((2, 3)))

    def derive(self):
        names = list(OPS)
        picks = [names[int(c.alpha.argmax())] for c in self.cells]
        if picks.count("skip") > len(picks) // 2:
            out.warning("mostly skips: %s", picks)
        return picks


class Evolution:
    def __init__(self, score, size=16, seed=0):
        self.score, self.size, self.rng = score, size, random.Random(seed)
        self.seen = {}

    def mutate(self, genome):
        g = list(genome)
        g[self.rng.randrange(len(g))] = self.rng.choice(list(OPS))
        return tuple(g)

    def run(self, start, rounds):
        pool = [tuple(start)]
        for r in range(rounds):
            for g in pool:
                self.seen.setdefault(g, self.score(g))
            pool = sorted(self.seen, key=self.seen.get, reverse=True)[: self.size // 2]
            fresh = {self.mutate(g) for g in pool} - set(self.seen)
            if not fresh:
                out.warning("round %d brought nothing new", r)
                break
            pool += list(fresh)
        out.info("%d genomes were scored", len(self.seen))
        return pool[0]


def all_genomes(depth):
    n = len(OPS) ** depth
    if n > 10**6:
        lg.getLogger("root").setLevel(lg.WARN)
    return itertools.product(OPS, repeat=depth)


def to_table(scores, warn=0.5):
    return [(g, s, "low" if s < warn else "") for g, s in scores.items()]
