"""Rotary positions by complex multiplication: several backends have no complex numbers."""
import torch
from torch import nn


def rotary_table(length, width, base=10000.0):
    """Cosine and sine, each (length, width / 2)."""
    frequency = base ** (-torch.arange(0, width, 2).float() / width)
    angle = torch.outer(torch.arange(length).float(), frequency)
    return angle.cos(), angle.sin()


def rotate(x, table):
    cos, sin = table
    real, imaginary = x.reshape(*x.shape[:-1], -1, 2).unbind(-1)
    return torch.stack((real * cos - imaginary * sin, real * sin + imaginary * cos), dim=-1).flatten(-2)


class Attention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.table = rotary_table(64, width)

    def forward(self, x):
        table = tuple(part[: x.shape[1]] for part in self.table)
        scores = rotate(self.query(x), table) @ rotate(self.key(x), table).transpose(-1, -2)
        return (scores / x.shape[-1] ** 0.5).softmax(-1) @ self.value(x)


class Model(nn.Module):
    def __init__(self, width=16, depth=2):
        super().__init__()
        self.embed = nn.Embedding(40, width)
        self.layers = nn.ModuleList(Attention(width) for _ in range(depth))
        self.norm = nn.LayerNorm(width)

    def forward(self, ids):
        x = self.embed(ids)
        for layer in self.layers:
            x = x + layer(x)
        return self.norm(x)


def load_model():
    torch.manual_seed(0)
    return Model()


def load_inputs(seed=0):
    return {"ids": torch.randint(0, 40, (2, 10), generator=torch.Generator().manual_seed(seed))}
