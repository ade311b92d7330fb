"""Shifted windows, without the shift bookkeeping of the reference."""
import torch, math
from torch import nn
from .drop import DropPath, calculate_drop_path_rates


def windows(x, s):
    b, h, w, c = x.shape
    return x.view(b, h // s, s, w // s, s, c).transpose(2, 3).reshape(-1, s * s, c)


def unwindows(t, s, h, w):
    b = t.shape[0] // ((h // s) * (w // s))
    return t.view(b, h // s, w // s, s, s, -1).transpose(2, 3).reshape(b, h, w, -1)


class Layer(nn.Module):
    def __init__(self, dim, heads, window, shift, drop_path):
        super().__init__()
        self.window, self.shift = window, shift
        self.n1, self.n2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.path = DropPath(drop_path)

    def forward(self, x):
        h, w = x.shape[1:3]
        y = self.n1(x)
        if self.shift: y = y.roll((-self.shift, -self.shift), (1, 2))
        y = windows(y, self.window)
        y = unwindows(self.attn(y, y, y, need_weights=False)[0], self.window, h, w)
        if self.shift: y = y.roll((self.shift, self.shift), (1, 2))
        x = x + self.path(y)
        return x + self.path(self.mlp(self.n2(x)))


class Merge(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm, self.red = nn.LayerNorm(4 * dim), nn.Linear(4 * dim, 2 * dim, bias=False)

    def forward(self, x):
        x = torch.cat([x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)], -1)
        return self.red(self.norm(x))


class Swin(nn.Module):
    def __init__(self, dim=96, depths=(2, 2, 6, 2), heads=(3, 6, 12, 24), window=7, drop_path_rate=0.1):
        super().__init__()
        self.embed = nn.Conv2d(3, dim, 4, 4)
        rates = calculate_drop_path_rates(drop_path_rate, sum(depths))
        self.layers = nn.ModuleList()
        for i, d in enumerate(depths):
            own = rates[sum(depths[:i]):sum(depths[:i + 1])]
            self.layers.append(nn.Sequential(*[
                Layer(dim * 2 ** i, heads[i], window, 0 if j % 2 == 0 else window // 2, own[j]) for j in range(d)
            ], *([Merge(dim * 2 ** i)] if i + 1 < len(depths) else [])))

    def forward(self, x):
        x = self.embed(x).permute(0, 2, 3, 1)
        for l in self.layers:
            x = l(x)
        return x.mean((1, 2))


def scales(lo, hi, n):
    # octaves for continuous position bias, not rates
    return [math.log2(x.item()) for x in torch.linspace(lo, hi, n)]
