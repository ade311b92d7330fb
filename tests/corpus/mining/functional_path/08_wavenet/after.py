import numpy as np
import torch
from torch import nn as nn


def mu_law(x: np.ndarray, bits: int = 8) -> np.ndarray:
    mu = 2 ** bits - 1
    y = np.sign(x) * np.log1p(mu * np.abs(x)) / np.log1p(mu)
    return ((y + 1) / 2 * mu + 0.5).astype(np.int64)


def spectrum(x: np.ndarray, hop: int = 256) -> np.ndarray:
    frames = np.lib.stride_tricks.sliding_window_view(x, 1024)[::hop]
    F = np.fft.rfft(frames * np.hanning(1024))
    return np.abs(F)


class Layer(nn.Module):
    def __init__(self, residual, skip, dilation):
        super().__init__()
        self.dilation = dilation
        self.w = nn.Conv1d(residual, 2 * residual, 2, dilation=dilation)
        self.to_skip = nn.Conv1d(residual, skip, 1)
        self.to_res = nn.Conv1d(residual, residual, 1)

    def forward(self, x, cond=None):
        y = self.w(nn.functional.pad(x, [self.dilation, 0]))
        if cond is not None: y = y + cond
        a, b = y.chunk(2, 1)
        y = torch.tanh(a) * torch.sigmoid(b)
        return x + self.to_res(y), self.to_skip(y)


class WaveNet(nn.Module):
    def __init__(self, residual=32, skip=128, classes=256, cycles=2, depth=8):
        super().__init__()
        self.front = nn.Conv1d(classes, residual, 1)
        self.layers = nn.ModuleList(Layer(residual, skip, 2 ** i) for _ in range(cycles) for i in range(depth))
        self.mid = nn.Conv1d(skip, skip, 1)
        self.last = nn.Conv1d(skip, classes, 1)
        self.classes = classes

    def forward(self, codes):
        x = nn.functional.one_hot(codes, num_classes=self.classes).transpose(1, 2).float()
        x = self.front(x)
        total = 0
        for layer in self.layers:
            x, s = layer(x)
            total = total + s
        return self.last(nn.functional.relu(self.mid(nn.functional.relu(total))))

    def loss(self, codes):
        logits = self(codes[:, :-1])
        nll = nn.functional.cross_entropy(logits, codes[:, 1:], reduction='none')
        return nll.mean() / np.log(2.0)

    @torch.no_grad()
    def generate(self, n, warm):
        codes = warm
        for _ in range(n):
            p = nn.functional.softmax(self(codes)[:, :, -1], dim=1)
            codes = torch.cat([codes, torch.multinomial(p, 1)], dim=1)
        return codes[:, warm.size(1):]
