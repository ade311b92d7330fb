import collections
import random

import numpy as np
import torch

Step = collections.namedtuple("Step", "obs action reward done")


class SumTree:
    """Priorities in a heap-shaped array."""

    def __init__(self, size):
        self.size = size
        self.node = np.zeros(2 * size)

    def __setitem__(self, i, value):
        i += self.size
        self.node[i] = value
        while i > 1:
            i //= 2
            self.node[i] = self.node[2 * i] + self.node[2 * i + 1]

    def find(self, mass):
        i = 1
        while i < self.size:
            i *= 2
            if mass > self.node[i]:
                mass -= self.node[i]
                i += 1
        return i - self.size


class Replay:
    def __init__(self, size, alpha=0.6):
        self.steps, self.tree, self.alpha, self.n = [None] * size, SumTree(size), alpha, 0

    def add(self, step, priority=1.0):
        i = self.n % len(self.steps)
        self.steps[i] = step
        self.tree[i] = priority**self.alpha
        self.n += 1

    def sample(self, k, beta=0.4):
        total = self.tree.node[1]
        idx = [self.tree.find(random.random() * total) for _ in range(k)]
        p = np.array([self.tree.node[i + self.tree.size] for i in idx]) / total
        w = (min(self.n, len(self.steps)) * p) ** -beta
        batch = Step(*map(np.stack, zip(*(self.steps[i] for i in idx))))
        return idx, [torch.from_numpy(a) for a in batch], torch.from_numpy(w / w.max()).float()

    def update(self, idx, errors):
        for i, e in zip(idx, errors.tolist()):
            self.tree[i] = (abs(e) + 1e-4) ** self.alpha


def n_step(rewards, gamma):
    total = 0.0
    for r in reversed(rewards):
        total = r + gamma * total
    return total


def epsilon(step, low=0.05, high=1.0, half=1e4):
    return low + (high - low) * 0.5 ** (step / half)
