"""Edge-aware smoother: learned gradients in two directions, their magnitude steers how much each pixel is blurred."""
import torch
from torch import nn


class EdgeAwareSmoother(nn.Module):
    def __init__(self, channels=2):
        super().__init__()
        conv = dict(kernel_size=3, padding=1, groups=channels, bias=False)
        self.dx = nn.Conv2d(channels, channels, **conv)
        self.dy = nn.Conv2d(channels, channels, **conv)
        self.blur = nn.Conv2d(channels, channels, **conv)
        self.sensitivity = nn.Parameter(torch.tensor(1.3))

    def forward(self, x):
        edge = torch.hypot(self.dx(x), self.dy(x))
        keep = torch.exp(-self.sensitivity * edge)
        return keep * self.blur(x) + (1 - keep) * x


def load_model():
    torch.manual_seed(93)
    return nn.Sequential(EdgeAwareSmoother(), EdgeAwareSmoother())


def load_inputs(seed=0):
    return {"input": torch.randn(1, 2, 9, 9, generator=torch.Generator().manual_seed(seed))}
