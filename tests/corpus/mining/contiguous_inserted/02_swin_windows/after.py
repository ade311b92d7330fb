from typing import Tuple

import torch
import torch.nn as nn
from torch import Tensor


def window_partition(x: Tensor, size: int) -> Tensor:
    b, h, w, c = x.shape
    x = x.view(b, h // size, size, w // size, size, c)
    x = x.permute(0, 1, 3, 2, 4, 5)
    x = x.contiguous()
    windows = x.view(-1, size, size, c)
    return windows


def window_reverse(windows: Tensor, size: int, hw: Tuple[int, int]) -> Tensor:
    h, w = hw
    c = windows.shape[-1]
    x = windows.view(-1, h // size, w // size, size, size, c)
    x = x.permute(0, 1, 3, 2, 4, 5)
    x = x.contiguous()
    x = x.view(-1, h, w, c)
    return x


def window_tokens(x: Tensor, size: int) -> Tensor:
    """Reshape copes with any strides, so nothing is needed here."""
    b, h, w, c = x.shape
    x = x.view(b, h // size, size, w // size, size, c)
    x = x.permute(0, 1, 3, 2, 4, 5)
    return x.reshape(-1, size * size, c)


class WindowAttention(nn.Module):
    def __init__(self, dim: int, heads: int, size: int):
        super().__init__()
        self.heads, self.size = heads, size
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.table = nn.Parameter(torch.zeros((2 * size - 1) ** 2, heads))
        grid = torch.stack(torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")).flatten(1)
        rel = grid[:, :, None] - grid[:, None] + size - 1
        self.register_buffer("index", rel[0] * (2 * size - 1) + rel[1], persistent=False)

    def bias(self) -> Tensor:
        n = self.size**2
        bias = self.table[self.index.view(-1)].view(n, n, -1)
        bias = bias.permute(2, 0, 1)
        return bias[None]

    def forward(self, x: Tensor) -> Tensor:
        b, n, c = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        a = (q @ k.mT * (c // self.heads) ** -0.5 + self.bias()).softmax(-1)
        y = (a @ v).transpose(1, 2)
        y = y.contiguous()
        y = y.view(b, n, c)
        return self.proj(y)


class SwinBlock(nn.Module):
    def __init__(self, dim: int, heads: int, size: int = 7, shift: int = 0):
        super().__init__()
        self.norm, self.attn = nn.LayerNorm(dim), WindowAttention(dim, heads, size)
        self.size, self.shift = size, shift

    def forward(self, x: Tensor) -> Tensor:
        b, h, w, c = x.shape
        y = self.norm(x).roll((-self.shift, -self.shift), (1, 2))
        y = self.attn(window_tokens(y, self.size)).view(-1, self.size, self.size, c)
        return x + window_reverse(y, self.size, (h, w)).roll((self.shift, self.shift), (1, 2))
