import numpy as np
import torch
import torch.nn as nn
from torch.nn.utils.parametrizations import weight_norm


class Chomp(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x):
        x = x[:, :, : -self.size]
        x = x.contiguous()
        return x


class TemporalBlock(nn.Module):
    def __init__(self, cin, cout, k, dilation, p=0.2):
        super().__init__()
        pad = (k - 1) * dilation
        self.net = nn.Sequential(
            weight_norm(nn.Conv1d(cin, cout, k, padding=pad, dilation=dilation)), Chomp(pad), nn.ReLU(), nn.Dropout(p),
            weight_norm(nn.Conv1d(cout, cout, k, padding=pad, dilation=dilation)), Chomp(pad), nn.ReLU(), nn.Dropout(p),
        )
        self.down = nn.Conv1d(cin, cout, 1) if cin != cout else None

    def forward(self, x):
        res = x if self.down is None else self.down(x)
        return torch.relu(self.net(x) + res)


class Patchify(nn.Module):
    """Channel-independent patches of a multivariate series."""

    def __init__(self, length, stride, width):
        super().__init__()
        self.length, self.stride = length, stride
        self.proj = nn.Linear(length, width)

    def forward(self, x):
        b, c, n = x.shape
        x = x.unfold(-1, self.length, self.stride)
        x = self.proj(x)
        x = x.permute(0, 2, 1, 3)
        x = x.contiguous()
        x = x.view(b, x.shape[1], -1)
        return x


class Forecaster(nn.Module):
    def __init__(self, c, width=32, depth=3, horizon=12):
        super().__init__()
        self.tcn = nn.Sequential(*[TemporalBlock(c if i == 0 else width, width, 3, 2**i) for i in range(depth)])
        self.patch = Patchify(16, 8, 8)
        self.horizon = horizon
        self.head = nn.Linear(width, c * horizon)

    def forward(self, x):
        h = self.tcn(x.transpose(1, 2))[:, :, -1]
        y = self.head(h).view(len(x), -1, self.horizon)
        y = y.transpose(1, 2)
        return y

    def errors(self, x, y):
        e = (self(x) - y).transpose(1, 2)
        e = e.contiguous()
        e = e.view(-1, self.horizon)
        return e.abs().mean(0)


def season(x, period):
    n = len(x) // period * period
    table = np.asarray(x[:n]).reshape(-1, period)
    return np.transpose(table).mean(1)


def last(x, n):
    x = x[:, :, -n:]
    return x
