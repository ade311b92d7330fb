# Recurrent memory with a write gate that depends on how surprising the input is.
import torch
import torch.nn.functional as F
from torch import nn


class Memory(nn.Module):
    def __init__(self, slots, d):
        super().__init__()
        self.key = nn.Parameter(torch.randn(slots, d))
        self.write, self.erase = nn.Linear(d, d), nn.Linear(d, d)

    def address(self, q, m):
        return F.softmax(q @ m.T / m.shape[-1] ** 0.5, dim=-1)

    def step(self, x, m):
        w = self.address(x, m)
        read = w @ m
        surprise = (x - read).pow(2).mean()
        new = m * (1 - w.T @ torch.sigmoid(self.erase(x))) + w.T @ self.write(x)
        if surprise > 0.1:
            m = new
        return read, m

    def forward(self, xs, keep=None):
        m, out = self.key, []
        for t in range(xs.shape[0]):
            read, m = self.step(xs[t : t + 1], m)
            if keep is not None and t in keep:
                out.append(read)
            elif keep is None:
                out.append(read)
        return torch.cat(out), m


class Halting(nn.Module):
    """A fixed number of rounds; the state stops changing once it has settled."""

    def __init__(self, d, rounds=6, tol=1e-3):
        super().__init__()
        self.cell, self.rounds, self.tol = nn.GRUCell(d, d), rounds, tol

    def forward(self, x):
        h = torch.zeros_like(x)
        for _ in range(self.rounds):
            nxt = self.cell(x, h)
            moved = (nxt - h).abs().max()
            if moved > self.tol:
                h = nxt
        return h


class Agent(nn.Module):
    def __init__(self, d=32, slots=8):
        super().__init__()
        self.memory, self.halt = Memory(slots, d), Halting(d)
        self.head = nn.Linear(d, 4)

    def forward(self, xs):
        read, m = self.memory(xs)
        h = self.halt(read)
        logits = self.head(h)
        best = logits.max()
        if best < 0:
            scaled = logits - best
        else:
            scaled = logits
        return scaled.softmax(-1)


def train(agent, data, epochs, patience=3):
    best, bad = float("inf"), 0
    for _ in range(epochs):
        loss = sum(float(-agent(x).log().mean()) for x in data)
        if loss < best:
            best, bad = loss, 0
        else:
            bad += 1
        if bad > patience:
            break
    return best
