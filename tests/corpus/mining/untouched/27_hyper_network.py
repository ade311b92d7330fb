from collections import OrderedDict

import torch
import torch.nn as nn
from torch.func import functional_call


class Hyper(nn.Module):
    """Writes the weights of a small network from a condition."""

    def __init__(self, cond, target):
        super().__init__()
        self.target = target
        self.shapes = OrderedDict((n, p.shape) for n, p in target.named_parameters())
        total = sum(s.numel() for s in self.shapes.values())
        self.net = nn.Sequential(nn.Linear(cond, 64), nn.GELU(), nn.Linear(64, total))
        nn.init.zeros_(self.net[-1].weight)

    def weights(self, c):
        flat = self.net(c)
        out, at = {}, 0
        for name, shape in self.shapes.items():
            out[name] = flat[at : at + shape.numel()].view(shape)
            at += shape.numel()
        return out

    def forward(self, c, x):
        return functional_call(self.target, self.weights(c), (x,))


class Fourier(nn.Module):
    def __init__(self, d, n):
        super().__init__()
        self.register_buffer("freq", torch.randn(d, n))

    def forward(self, x):
        a = 2 * torch.pi * x @ self.freq
        return torch.cat([a.sin(), a.cos()], dim=-1)


class Field(nn.Module):
    def __init__(self, d=2, n=32, out=3):
        super().__init__()
        self.enc = Fourier(d, n)
        self.net = nn.Sequential(nn.Linear(2 * n, 32), nn.ReLU(), nn.Linear(32, out))

    def forward(self, x):
        return torch.sigmoid(self.net(self.enc(x)))


def pixels(h, w, device=None):
    ys, xs = torch.linspace(0, 1, h, device=device), torch.linspace(0, 1, w, device=device)
    return torch.cartesian_prod(ys, xs)


def render(hyper, c, h, w):
    y = hyper(c, pixels(h, w, device=c.device))
    y = y.view(h, w, -1)
    return y.permute(2, 0, 1)


@torch.no_grad()
def spread(hyper, conditions):
    rows = torch.stack([torch.cat([v.flatten() for v in hyper.weights(c).values()]) for c in conditions])
    return rows.std(0).mean()
