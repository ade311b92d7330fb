"""Weight averaging at inference: a blend of two experts' weights, with the ratio predicted from the input batch."""
import copy

import torch
from torch import nn


class BlendedLinear(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.first, self.second = nn.Linear(d_in, d_out), nn.Linear(d_in, d_out)
        self.ratio = nn.Linear(d_in, 1)

    @torch.no_grad()
    def blend(self, alpha):
        layer = copy.deepcopy(self.first)
        for mine, other in zip(layer.parameters(), self.second.parameters()):
            mine.lerp_(other, float(alpha))
        return layer

    def forward(self, x):
        alpha = torch.sigmoid(self.ratio(x).mean())
        return self.blend(alpha)(x)


class BlendNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = BlendedLinear(5, 8), BlendedLinear(8, 3)

    def forward(self, x):
        return self.b(torch.relu(self.a(x)))


def load_model():
    torch.manual_seed(127)
    return BlendNet()


def load_inputs(seed=0):
    return {"x": torch.randn(4, 5, generator=torch.Generator().manual_seed(seed))}
