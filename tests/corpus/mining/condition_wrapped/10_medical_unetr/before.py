from collections.abc import Sequence
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class SABlock(nn.Module):
    def __init__(self, hidden_size: int, num_heads: int, dropout_rate: float = 0.0, causal: bool = False, flash: bool = True):
        super().__init__()
        if not (0 <= dropout_rate <= 1):
            raise ValueError("dropout_rate should be between 0 and 1.")
        self.num_heads, self.causal, self.flash = num_heads, causal, flash
        self.dropout_rate = dropout_rate
        self.drop_weights = nn.Dropout(dropout_rate)
        self.qkv, self.out_proj = nn.Linear(hidden_size, 3 * hidden_size), nn.Linear(hidden_size, hidden_size)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(-1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        if self.flash:
            x = F.scaled_dot_product_attention(query=q, key=k, value=v, dropout_p=self.dropout_rate, is_causal=self.causal)
        else:
            att = torch.einsum("bhxd,bhyd->bhxy", q, k) * q.shape[-1] ** -0.5
            x = torch.einsum("bhxy,bhyd->bhxd", self.drop_weights(att.softmax(-1)), v)
        return self.out_proj(x.transpose(1, 2).flatten(2))


class CrossBlock(nn.Module):
    def __init__(self, hidden_size, num_heads, dropout_rate=0.0):
        super().__init__()
        self.num_heads, self.drop_weights = num_heads, nn.Dropout(dropout_rate)
        self.q, self.kv, self.o = nn.Linear(hidden_size, hidden_size), nn.Linear(hidden_size, 2 * hidden_size), nn.Linear(hidden_size, hidden_size)

    def forward(self, x, context):
        q = self.q(x).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
        k, v = self.kv(context).unflatten(-1, (2, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(query=q, key=k, value=v, dropout_p=self.drop_weights.p)
        return self.o(y.transpose(1, 2).flatten(2))


class Unetr(nn.Module):
    def __init__(self, patch: Sequence[int] = (8, 8, 8), d: int = 96, heads: int = 4, depth: int = 4, classes: int = 3):
        super().__init__()
        self.patch = nn.Conv3d(1, d, tuple(patch), tuple(patch))
        self.blocks = nn.ModuleList(SABlock(d, heads, 0.1) for _ in range(depth))
        self.bridge = CrossBlock(d, heads, 0.1)
        self.up = nn.ConvTranspose3d(d, classes, tuple(patch), tuple(patch))

    def forward(self, volume):
        x = self.patch(volume)
        size = x.shape[2:]
        x = x.flatten(2).mT
        first = x
        for b in self.blocks:
            x = x + b(x)
        x = x + self.bridge(x, first)
        return self.up(x.mT.unflatten(2, size))


def uncertainty(model, x, n):
    model.train()  # keeps the rates of the layers
    with torch.no_grad():
        s = torch.stack([model(x).softmax(1) for _ in range(n)])
    model.eval()
    return s.var(0).mean(1)


def coarse_dropout(volume, holes, size, rng, p=0.5):
    out = volume.copy()
    if rng.random() < p:
        for c in rng.integers(0, np.array(volume.shape) - size, (holes, 3)):
            out[tuple(slice(i, i + size) for i in c)] = 0
    return out
