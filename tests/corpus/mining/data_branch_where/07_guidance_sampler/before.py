from __future__ import annotations
import torch
from torch import nn


class DynamicThreshold(nn.Module):
    def __init__(self, percentile=0.995):
        super().__init__()
        self.percentile = percentile

    def forward(self, x):
        s = x.abs().flatten().sort().values[int(self.percentile * (x.numel() - 1))]
        if s > 1:
            x = x.clamp(-1, 1) * s.reciprocal() * s
        return x


class Guided(nn.Module):
    def __init__(self, net, scale: float = 5.0, rescale: float | None = 0.7, start: int = 800):
        super().__init__()
        self.net, self.scale, self.rescale, self.start = net, scale, rescale, start

    def forward(self, x, t, cond, null):
        u, c = self.net(torch.cat([x, x]), torch.cat([t, t]), torch.cat([null, cond])).chunk(2)
        guided = u + self.scale * (c - u)
        if self.rescale is not None:
            s = guided * (c.std() / guided.std())
            guided = self.rescale * s + (1 - self.rescale) * guided
        step = t.max()
        if step > self.start:
            guided = c
        return guided


class Sampler(nn.Module):
    def __init__(self, model, steps=10):
        super().__init__()
        self.model, self.steps = model, steps
        self.threshold = DynamicThreshold()
        self.register_buffer("alphas", torch.linspace(0.999, 0.01, steps))

    def forward(self, x, cond, null):
        for i in range(self.steps):
            a = self.alphas[self.steps - 1 - i]
            t = torch.full((len(x),), self.steps - 1 - i, device=x.device)
            eps = self.model(x, t, cond, null)
            x0 = self.threshold((x - (1 - a).sqrt() * eps) / a.sqrt())
            if i + 1 < self.steps:
                b = self.alphas[self.steps - 2 - i]
            else:
                b = torch.ones_like(a)
            x = b.sqrt() * x0 + (1 - b).sqrt() * eps
            drift = x.mean()
            if drift.abs() > 0.2:
                x = x - drift
        return x


class TinyNet(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.time, self.lin = nn.Embedding(1000, d), nn.Linear(2 * d, d)

    def forward(self, x, t, cond):
        return self.lin(torch.cat([x + self.time(t), cond], -1))


def batch_size(free_memory: int, per_row: int) -> int:
    n = free_memory // per_row
    if n > 64:
        n = 64
    return max(n, 1)


def seeds(first, n):
    if first < 0:
        first = torch.seed() % 2**31
    return list(range(first, first + n))
