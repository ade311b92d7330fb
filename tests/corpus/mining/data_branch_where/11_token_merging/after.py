from collections import OrderedDict
import torch
from torch import nn
from torch.nn import functional as F


class Merge(nn.Module):
    def __init__(self, ratio=0.5, floor=0.2):
        super().__init__()
        self.ratio, self.floor = ratio, floor

    def forward(self, x):
        a, b = x[:, ::2], x[:, 1::2]
        sim = (F.normalize(a, dim=-1) * F.normalize(b, dim=-1)).sum(-1)
        mean = (a + b) / 2
        like = sim.mean()
        out = torch.where(like > self.floor, mean, a)
        return out


class AdaptiveTemperature(nn.Module):
    def __init__(self, low=0.05):
        super().__init__()
        self.low = low
        self.t = nn.Parameter(torch.tensor(0.1))

    def forward(self, logits):
        t = self.t.abs()
        t = torch.where(t < self.low, torch.full_like(t, self.low), t)
        return logits / t


class Stage(nn.Module):
    def __init__(self, d, heads, merge=False, window=None):
        super().__init__()
        self.attn, self.norm = nn.MultiheadAttention(d, heads, batch_first=True), nn.LayerNorm(d)
        self.merge, self.window = Merge() if merge else None, window

    def forward(self, x):
        y = self.norm(x)
        if self.window:
            b, n, d = y.shape
            y = y.reshape(-1, self.window, d)
            y = self.attn(y, y, y, need_weights=False)[0].reshape(b, n, d)
        else:
            y = self.attn(y, y, y, need_weights=False)[0]
        x = x + y
        if self.merge is not None:
            x = self.merge(x)
        return x


class Encoder(nn.Module):
    def __init__(self, d=64, heads=4, out=32):
        super().__init__()
        self.stages = nn.Sequential(OrderedDict([
            ("a", Stage(d, heads, merge=True, window=8)),
            ("b", Stage(d, heads, merge=True)),
            ("c", Stage(d, heads)),
        ]))
        self.proj, self.temp = nn.Linear(d, out), AdaptiveTemperature()

    def forward(self, x):
        h = self.proj(self.stages(x).mean(1))
        n = h.norm(dim=-1).min()
        h = torch.where(n < 1e-4, h + 1e-3, h)
        h = F.normalize(h, dim=-1)
        return self.temp(h @ h.T)


def even(x):
    if x.shape[1] % 2 == 1:
        x = x[:, :-1]
    return x


def pick(names, wanted=None):
    if wanted is None:
        chosen = names
    else:
        chosen = [n for n in names if n in wanted]
    return chosen
