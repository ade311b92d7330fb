from __future__ import absolute_import
import collections
import torch
from torch import nn

Obs = collections.namedtuple("Obs", ["image", "proprio", "time"])


def freqs_for(dim, seq):
    theta = 10000.0 ** (-(torch.arange(0, dim, 2).float()) / dim)
    grid = torch.outer(torch.arange(seq).float(), theta)
    return grid.cos(), grid.sin()


class PolicyAttention(nn.Module):
    def __init__(self, d, heads, window):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(d, d) for _ in range(4))
        cos, sin = freqs_for(d // heads, window)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def rotate(self, t):
        cos, sin = self.cos[: t.shape[-2]], self.sin[: t.shape[-2]]
        t_r, t_i = t.float().reshape(*t.shape[:-1], -1, 2).unbind(-1)
        z = torch.stack((t_r * cos - t_i * sin, t_r * sin + t_i * cos), dim=-1).flatten(-2)
        return z.to(t.dtype)

    def forward(self, x):
        split = lambda t: t.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        q, k, v = split(self.q(x)), split(self.k(x)), split(self.v(x))
        y = nn.functional.scaled_dot_product_attention(self.rotate(q), self.rotate(k), v, is_causal=True)
        return self.o(y.transpose(1, 2).flatten(2))


class ImageEncoder(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(3, 32, 8, 4), nn.ReLU(), nn.Conv2d(32, 64, 4, 2), nn.ReLU(), nn.Conv2d(64, d, 3))

    def forward(self, x):
        return self.net(x).mean((2, 3))


class Policy(nn.Module):
    def __init__(self, d=128, heads=4, window=16, actions=7):
        super().__init__()
        self.image, self.proprio = ImageEncoder(d), nn.Linear(9, d)
        self.body = nn.ModuleList([PolicyAttention(d, heads, window) for _ in range(3)])
        self.mean, self.log_std = nn.Linear(d, actions), nn.Parameter(torch.zeros(actions))

    def forward(self, obs):
        b, n = obs.image.shape[:2]
        x = self.image(obs.image.flatten(0, 1)).view(b, n, -1) + self.proprio(obs.proprio)
        for layer in self.body:
            x = x + layer(x)
        return torch.distributions.Normal(self.mean(x), self.log_std.exp())


def heading(angle):
    """Unit complex numbers average well over the wrap-around."""
    z = torch.polar(torch.ones_like(angle), angle)
    return z.mean(-1).angle()


def quaternion_multiply(a, b):
    aw, ax, ay, az = a.unbind(-1)
    bw, bx, by, bz = b.unbind(-1)
    return torch.stack((
        aw * bw - ax * bx - ay * by - az * bz, aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx, aw * bz + ax * by - ay * bx + az * bw), dim=-1)
