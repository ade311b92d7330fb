"""Photo enhancer: a learned residual net after a fixed tone curve, which is piecewise linear between its knots."""
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

KNOTS_IN = [0.0, 0.15, 0.4, 0.7, 1.0]
KNOTS_OUT = [0.0, 0.28, 0.55, 0.8, 1.0]


def tone_curve(image):
    curved = np.interp(image.numpy(), KNOTS_IN, KNOTS_OUT)
    return torch.from_numpy(curved).float()


class Enhancer(nn.Module):
    def __init__(self, width=5):
        super().__init__()
        self.a = nn.Conv2d(3, width, 3, padding=1)
        self.b = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, image):
        toned = tone_curve(image)
        return toned + 0.2 * torch.tanh(self.b(F.relu(self.a(toned))))


def load_model():
    torch.manual_seed(31)
    return Enhancer()


def load_inputs(seed=0):
    return {"image": torch.rand(1, 3, 8, 10, generator=torch.Generator().manual_seed(seed))}
