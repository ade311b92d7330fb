"""Siamese scorer of two short texts with a margin that adapts to both of them."""
import torch
from torch import nn


class Tower(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.words = nn.Embedding(vocab, dim)
        self.mix = nn.Linear(dim, dim)

    def forward(self, ids):
        return torch.tanh(self.mix(self.words(ids))).mean(1)


class MarginScorer(nn.Module):
    def __init__(self, vocab=40, dim=12):
        super().__init__()
        self.tower = Tower(vocab, dim)
        self.scale = nn.Parameter(torch.tensor(0.7))

    def forward(self, left, right):
        a, b = self.tower(left), self.tower(right)
        sim = (a * b).sum(-1)
        widest = max((a, b, a - b), key=torch.var)
        return (sim - widest.abs().mean(-1) * self.scale) / (1 + sim.abs())


def load_model():
    torch.manual_seed(8)
    return MarginScorer()


def load_inputs(seed=0):
    g = torch.Generator().manual_seed(seed)
    return {"left": torch.randint(0, 40, (3, 6), generator=g), "right": torch.randint(0, 40, (3, 6), generator=g)}
