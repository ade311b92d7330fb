"""Learned circuit: resistances and reactances of two branches in parallel, described by magnitude and phase."""
import torch
from torch import nn


class Parallel(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.resistance = nn.Parameter(torch.rand(n) + 0.5)
        self.reactance = nn.Parameter(torch.randn(n))

    def forward(self, r, x):
        z1 = torch.complex(r, x)
        z2 = torch.complex(self.resistance.expand_as(r), self.reactance.expand_as(x))
        z = z1 * z2 / (z1 + z2)
        return z.real, z.imag


class CircuitNet(nn.Module):
    def __init__(self, inputs=4, n=6):
        super().__init__()
        self.r, self.x = nn.Linear(inputs, n), nn.Linear(inputs, n)
        self.stage = Parallel(n)
        self.out = nn.Linear(2 * n, 2)

    def forward(self, knobs):
        r = nn.functional.softplus(self.r(knobs)) + 0.1
        real, imag = self.stage(r, self.x(knobs))
        return self.out(torch.cat([real, imag], -1))


def load_model():
    torch.manual_seed(111)
    return CircuitNet()


def load_inputs(seed=0):
    return {"knobs": torch.randn(3, 4, generator=torch.Generator().manual_seed(seed))}
