"""One step of a flow over RGB images: activation norm, invertible 1x1 convolution, affine coupling, log-likelihood."""
import math

import torch
import torch.nn.functional as F
from torch import nn


class InvertibleConv(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.eye(3) + 0.2 * torch.randn(3, 3))

    def forward(self, x):
        _, logdet = torch.linalg.slogdet(self.weight)
        return F.conv2d(x, self.weight[:, :, None, None]), logdet * x.shape[-1] * x.shape[-2]


class Coupling(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, 4, 1))

    def forward(self, x):
        head, tail = x[:, :1], x[:, 1:]
        log_scale, shift = self.net(head).chunk(2, 1)
        log_scale = torch.tanh(log_scale)
        return torch.cat([head, tail * log_scale.exp() + shift], 1), log_scale.sum((1, 2, 3))


class FlowStep(nn.Module):
    def __init__(self):
        super().__init__()
        self.bias, self.log_gain = nn.Parameter(torch.zeros(3, 1, 1)), nn.Parameter(torch.full((3, 1, 1), 0.1))
        self.mix, self.coupling = InvertibleConv(), Coupling()

    def forward(self, image):
        z = (image + self.bias) * self.log_gain.exp()
        z, mixed = self.mix(z)
        z, coupled = self.coupling(z)
        pixels = image.shape[-1] * image.shape[-2]
        prior = -0.5 * (z.square() + math.log(2 * math.pi)).sum((1, 2, 3))
        return prior + coupled + mixed + self.log_gain.sum() * pixels


def load_model():
    torch.manual_seed(81)
    return FlowStep().eval()


def load_inputs(seed=0):
    return {"image": torch.randn(2, 3, 6, 6, generator=torch.Generator().manual_seed(seed))}
