"""Quantile-free normaliser: the number of saturated pixels picks a gain from a table, with a default beyond it."""
import torch
from torch import nn

GAINS = {0: 1.0, 1: 0.9, 2: 0.8, 3: 0.72}


def gain_of(x, ceiling):
    saturated = int((x > ceiling).sum())
    try:
        return GAINS[saturated]
    except KeyError:
        return 0.5


class GainNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 4, 3, padding=1)
        self.c2 = nn.Conv2d(4, 2, 3)

    def forward(self, frame):
        h = torch.relu(self.c1(frame))
        return self.c2(h * gain_of(h, 1.3))


def load_model():
    torch.manual_seed(43)
    return GainNet()


def load_inputs(seed=0):
    return {"frame": torch.randn(1, 1, 7, 7, generator=torch.Generator().manual_seed(seed))}
