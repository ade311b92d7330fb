import math

import torch
from torch import nn


class Down(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv = nn.Conv1d(cin, cout, 2 * stride + 1, stride, stride)
        self.norm = nn.GroupNorm(1, cout)

    def forward(self, x):
        return nn.functional.gelu(self.norm(self.conv(x)))


class Up(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv = nn.Conv1d(cin, cout, 5, padding=2)
        self.stride = stride

    def forward(self, x, skip):
        x = nn.functional.interpolate(x, scale_factor=float(self.stride), mode="linear")
        n = min(x.shape[-1], skip.shape[-1])
        return nn.functional.gelu(self.conv(x[..., :n])) + skip[..., :n]


class WaveUNet(nn.Module):
    def __init__(self, widths=(16, 32, 64), stride=4, sources=2):
        super().__init__()
        self.inp = nn.Conv1d(1, widths[0], 15, padding=7)
        self.down = nn.ModuleList(Down(a, b, stride) for a, b in zip(widths, widths[1:]))
        self.up = nn.ModuleList(Up(b, a, stride) for a, b in zip(widths, widths[1:]))
        self.out = nn.Conv1d(widths[0], sources, 1)

    def forward(self, wave):
        x = self.inp(wave)
        skips = []
        for d in self.down:
            skips.append(x)
            x = d(x)
        for u, s in zip(reversed(self.up), reversed(skips)):
            x = u(x, s)
        return self.out(x)


def si_sdr(est, ref, eps=1e-8):
    scale = (est * ref).sum(-1, keepdim=True) / (ref.pow(2).sum(-1, keepdim=True) + eps)
    target = scale * ref
    noise = est - target
    return 10 * torch.log10(target.pow(2).sum(-1) / (noise.pow(2).sum(-1) + eps))


def receptive_field(kernel, stride, depth):
    return sum((kernel - 1) * stride**i for i in range(depth)) + 1


def seconds(samples, rate):
    return math.ceil(samples / rate) if samples % rate else samples // rate
