import math
from functools import cached_property
from typing import NamedTuple

import torch
from torch import nn


class Rates(NamedTuple):
    row: float = 0.15
    column: float = 0.25


class SharedDropout(nn.Module):
    """One mask for a whole row or column."""

    def __init__(self, p: float, axis: int):
        super().__init__()
        self.drop, self.axis = nn.Dropout(p), axis

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shape = list(x.shape)
        shape[self.axis] = 1
        return x * self.drop(x.new_ones(shape))

    def extra_repr(self) -> str:
        return f"p={self.drop.p}, axis={self.axis}"


class TriangleAttention(nn.Module):
    def __init__(self, c: int, heads: int, rates: Rates, starting: bool = True):
        super().__init__()
        self.heads, self.starting, self.rates = heads, starting, rates
        self.norm, self.bias = nn.LayerNorm(c), nn.Linear(c, heads, bias=False)
        self.qkv, self.gate, self.out = nn.Linear(c, 3 * c), nn.Linear(c, c), nn.Linear(c, c)
        self.shared = SharedDropout(rates.row if starting else rates.column, 1)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        x = z if self.starting else z.transpose(1, 2)
        x = self.norm(x)
        b = self.bias(x).permute(0, 3, 1, 2)[:, None]
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(3, 0, 1, 4, 2, 5)
        y = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=b, dropout_p=self.rates.row)
        y = self.out(y.transpose(2, 3).flatten(3) * self.gate(x).sigmoid())
        return z + self.shared(y if self.starting else y.transpose(1, 2))


class ColumnAttention(nn.Module):
    def __init__(self, c: int, heads: int, p: float):
        super().__init__()
        self.heads, self.weights = heads, nn.Dropout(p)
        self.qkv, self.o = nn.Linear(c, 3 * c), nn.Linear(c, c)

    def forward(self, m: torch.Tensor) -> torch.Tensor:
        q, k, v = self.qkv(m.transpose(1, 2)).unflatten(-1, (3, self.heads, -1)).permute(3, 0, 1, 4, 2, 5)
        y = nn.functional.scaled_dot_product_attention(
            q, k, v, dropout_p=(
                self.weights.p
            ))
        return m + self.o(y.transpose(2, 3).flatten(3)).transpose(1, 2)


class Block(nn.Module):
    def __init__(self, c: int = 32, heads: int = 4):
        super().__init__()
        self.start, self.end = TriangleAttention(c, heads, Rates()), TriangleAttention(c, heads, Rates(), False)
        self.column = ColumnAttention(c, heads, 0.1)

    def forward(self, m, z):
        return self.column(m), self.end(self.start(z))

    @cached_property
    def scale(self) -> float:
        return 1 / math.sqrt(2)
