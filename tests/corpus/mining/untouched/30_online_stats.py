import torch
from torch import nn


class Welford(nn.Module):
    """Mean and variance of a stream; buffers, so that they are saved."""

    def __init__(self, d):
        super().__init__()
        self.register_buffer("n", torch.zeros(()))
        self.register_buffer("mean", torch.zeros(d))
        self.register_buffer("m2", torch.zeros(d))

    @torch.no_grad()
    def update(self, x):
        k = len(x)
        mean, m2 = x.mean(0), x.var(0, unbiased=False) * k
        delta, total = mean - self.mean, self.n + k
        self.mean.add_(delta * k / total)
        self.m2.add_(m2 + delta.pow(2) * self.n * k / total)
        self.n.copy_(total)

    def forward(self, x):
        std = (self.m2 / self.n.clamp(min=1)).clamp(min=1e-8).sqrt()
        return (x - self.mean) / std


class Quantile:
    def __init__(self, q, step=0.01):
        self.q, self.step, self.value = q, step, None

    def update(self, x):
        for v in x.flatten().tolist():
            if self.value is None:
                self.value = v
            elif v > self.value:
                self.value += self.step * self.q
            else:
                self.value -= self.step * (1 - self.q)
        return self.value


class Histogram:
    def __init__(self, low, high, bins):
        self.low, self.high = low, high
        self.counts = torch.zeros(bins, dtype=torch.long)

    def update(self, x):
        scaled = (x.flatten() - self.low) / (self.high - self.low) * len(self.counts)
        index = scaled.long().clamp(0, len(self.counts) - 1)
        self.counts += torch.bincount(index, minlength=len(self.counts))

    def quantile(self, q):
        mass = torch.cumsum(self.counts, dim=0)
        i = int((mass < q * mass[-1]).sum())
        return self.low + (i + 0.5) * (self.high - self.low) / len(self.counts)


def drift(a, b):
    d = (a.mean - b.mean).abs()
    s = (a.m2 / a.n + b.m2 / b.n).sqrt()
    return (d / s.clamp(min=1e-8)).max().item()


def merge(parts):
    out = Welford(len(parts[0].mean))
    for p in parts:
        out.update(torch.stack([p.mean - p.m2.sqrt(), p.mean + p.m2.sqrt()]))
    return out
