import torch
from torch import nn
from torch.nn.functional import interpolate

import lib.layers as L


class SplitDepthwise(nn.Module):
    def __init__(self, dim, scales, drop_path=0.):
        super().__init__()
        w = max(-(-dim // scales), dim // scales)
        self.w, self.n = w, 1 if scales == 1 else scales - 1
        self.convs = nn.ModuleList(nn.Conv2d(w, w, 3, padding=1, groups=w) for _ in range(self.n))
        self.norm = L.LayerNorm2d(dim)
        self.mlp = L.ConvMlp(dim, 4 * dim)
        self.dp = L.DropPath(drop_path)

    def forward(self, x):
        parts = list(x.split(self.w, dim=1))
        prev = 0
        for i, conv in enumerate(self.convs):
            parts[i] = prev = conv(parts[i] + prev)
        return x + self.dp(self.mlp(self.norm(torch.cat(parts, 1))))


class Conv(nn.Module):
    def __init__(self, dim, k, drop_path=0.):
        super().__init__()
        self.dw = nn.Conv2d(dim, dim, k, padding=k // 2, groups=dim)
        self.norm, self.mlp, self.dp = L.LayerNorm2d(dim), L.ConvMlp(dim, 4 * dim), L.DropPath(drop_path)

    def forward(self, x):
        return x + self.dp(self.mlp(self.norm(self.dw(x))))


class EdgeNeXt(nn.Module):
    def __init__(self, dims=(24, 48, 88, 168), depths=(2, 2, 6, 2), global_blocks=(0, 1, 1, 1), drop_path_rate=0.,
                 **kwargs):
        super().__init__(**kwargs)
        self.stem = nn.Sequential(nn.Conv2d(3, dims[0], 4, 4), L.LayerNorm2d(dims[0]))
        dp_rates = [r.tolist() for r in torch.linspace(0, drop_path_rate, sum(depths)).split(depths)]
        self.stages = nn.ModuleList()
        for i, (dim, depth) in enumerate(zip(dims, depths)):
            layers = []
            if i:
                layers += [L.LayerNorm2d(dims[i - 1]), nn.Conv2d(dims[i - 1], dim, 2, 2)]
            for j in range(depth):
                last = j >= depth - global_blocks[i]
                layers.append(SplitDepthwise(dim, i + 1, dp_rates[i][j]) if last else Conv(dim, 3 + 2 * i, dp_rates[i][j]))
            self.stages.append(nn.Sequential(*layers))

    def forward(self, x):
        feats, x = [], self.stem(x)
        for s in self.stages:
            x = s(x)
            feats.append(x)
        return feats


class Head(nn.Module):
    def __init__(self, dims, out, rate=0.1, depth=3):
        super().__init__()
        self.lat = nn.ModuleList(nn.Conv2d(d, out, 1) for d in dims)
        self.convs = nn.Sequential(*[Conv(out, 3, r) for r in [x.item() for x in torch.linspace(0, rate, depth)]])

    def forward(self, feats):
        size = feats[0].shape[-2:]
        x = sum(interpolate(l(f), size, mode="bilinear") for l, f in zip(self.lat, feats))
        return self.convs(x)


def threshold_grid(n):
    return [t.item() for t in torch.linspace(0.05, 0.95, n)], torch.linspace(0, 1, n).split(2)
