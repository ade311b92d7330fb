"""Wind direction head: a von Mises density over angles, whose concentration the net keeps between 0.1 and 4."""
import math

import torch
from torch import nn


class VonMisesHead(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.direction = nn.Linear(d, 1)
        self.concentration = nn.Linear(d, 1)

    def forward(self, h, angle):
        mu = math.pi * torch.tanh(self.direction(h))
        kappa = 0.1 + 3.9 * torch.sigmoid(self.concentration(h))
        return kappa * torch.cos(angle - mu) - torch.log(2 * math.pi * torch.i0(kappa))


class WindNet(nn.Module):
    def __init__(self, stations=5):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(stations, 12), nn.ReLU(), nn.Linear(12, 8), nn.Tanh())
        self.head = VonMisesHead(8)

    def forward(self, readings, angle):
        return self.head(self.trunk(readings), angle)


def load_model():
    torch.manual_seed(95)
    return WindNet()


def load_inputs(seed=0):
    g = torch.Generator().manual_seed(seed)
    return {"readings": torch.randn(4, 5, generator=g), "angle": 6.28 * torch.rand(4, 1, generator=g) - 3.14}
