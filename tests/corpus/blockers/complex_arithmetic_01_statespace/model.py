"""Diagonal state space model (S4D). The kernel is the real part of C exp(dt A l), summed over states."""
import math

import torch
from torch import nn


class DiagonalSSM(nn.Module):
    def __init__(self, channels, states=4):
        super().__init__()
        self.log_dt = nn.Parameter(torch.linspace(-3, -1, channels))
        self.log_decay = nn.Parameter(torch.full((channels, states), math.log(0.5)))
        self.frequency = nn.Parameter(math.pi * torch.arange(states).repeat(channels, 1))
        self.c = nn.Parameter(torch.randn(channels, states, 2))
        self.d = nn.Parameter(torch.randn(channels))

    def kernel(self, length):
        dt = self.log_dt.exp()[:, None]
        a = torch.complex(-self.log_decay.exp(), self.frequency)
        powers = torch.exp((dt * a).unsqueeze(-1) * torch.arange(length))
        c = torch.view_as_complex(self.c).unsqueeze(-1)
        return 2 * (c * powers).sum(1).real

    def forward(self, u):
        length = u.shape[-1]
        place = torch.arange(length)
        lag = place[:, None] - place
        k = torch.where(lag >= 0, self.kernel(length)[:, lag.clamp(min=0)], 0.0)
        return torch.einsum("bcs,cts->bct", u, k) + u * self.d[:, None]


class SequenceModel(nn.Module):
    def __init__(self, channels=4):
        super().__init__()
        self.inp, self.out = nn.Linear(2, channels), nn.Linear(channels, 3)
        self.layers = nn.ModuleList([DiagonalSSM(channels), DiagonalSSM(channels)])

    def forward(self, series):
        x = self.inp(series).transpose(1, 2)
        for layer in self.layers:
            x = x + torch.tanh(layer(x))
        return self.out(x.mean(-1))


def load_model():
    torch.manual_seed(109)
    return SequenceModel()


def load_inputs(seed=0):
    return {"series": torch.randn(2, 10, 2, generator=torch.Generator().manual_seed(seed))}
