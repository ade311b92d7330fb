import math
from typing import Optional

import torch
import torch.nn as nn
from einops import rearrange, repeat

try:
    from mamba_ssm.ops.selective_scan_interface import selective_scan_fn
except ImportError:
    selective_scan_fn = None
try:
    from causal_conv1d import causal_conv1d_fn
except ImportError:
    causal_conv1d_fn = None


def scan(u, dt, a, b, c, d):
    # (B, D, L) each, b and c are (B, N, L)
    x = u.new_zeros(u.shape[0], u.shape[1], a.shape[1])
    ys = []
    for t in range(u.shape[2]):
        da = torch.exp(dt[:, :, t, None] * a)
        x = da * x + dt[:, :, t, None] * b[:, None, :, t] * u[:, :, t, None]
        ys.append((x * c[:, None, :, t]).sum(-1))
    return torch.stack(ys, 2) + u * d[:, None]


class Mixer(nn.Module):
    def __init__(self, d: int, n: int = 16, k: int = 4, rank: Optional[int] = None):
        super().__init__()
        self.rank = rank or math.ceil(d / 16)
        self.inp, self.out = nn.Linear(d, 4 * d, bias=False), nn.Linear(2 * d, d, bias=False)
        self.conv = nn.Conv1d(2 * d, 2 * d, k, groups=2 * d, padding=k - 1)
        self.x, self.dt = nn.Linear(2 * d, self.rank + 2 * n, bias=False), nn.Linear(self.rank, 2 * d)
        self.a = nn.Parameter(torch.log(repeat(torch.arange(1, n + 1).float(), "n -> d n", d=2 * d)))
        self.d, self.n = nn.Parameter(torch.ones(2 * d)), n

    def forward(self, h):
        u, z = rearrange(self.inp(h), "b l (two d) -> two b d l", two=2)
        if causal_conv1d_fn is not None and u.is_cuda:
            u = causal_conv1d_fn(u, self.conv.weight.squeeze(1), self.conv.bias, activation="silu")
        else:
            u = nn.functional.silu(self.conv(u)[..., : h.shape[1]])
        dt, b, c = self.x(u.mT).split([self.rank, self.n, self.n], -1)
        dt = nn.functional.softplus(self.dt(dt)).mT
        run = selective_scan_fn if selective_scan_fn is not None and u.is_cuda else scan
        y = run(u, dt, -self.a.exp(), b.mT, c.mT, self.d)
        return self.out((y * nn.functional.silu(z)).mT)

    @classmethod
    def small(cls):
        return cls(32, 8)


def count(m):
    from collections import Counter

    return Counter(type(x).__name__ for x in m.modules())


def decay_rates(mixer):
    with torch.no_grad():
        a = -mixer.a.exp()
        fast, slow = a.amin(-1), a.amax(-1)
    return fast.tolist(), slow.tolist()
