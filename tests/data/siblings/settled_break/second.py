"""An equilibrium image net: a convolution is applied to its own result until that hardly moves."""

import torch
import torch.nn.functional as F
from torch import nn


class EquilibriumNet(nn.Module):
    def __init__(self, channels: int = 6, classes: int = 3, steps: int = 6, eps: float = 0.22):
        super().__init__()
        self.inject = nn.Conv2d(3, channels, kernel_size=3, padding=1)
        self.body = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.norm = nn.GroupNorm(2, channels)
        self.head = nn.Linear(channels, classes)
        self.steps, self.eps = steps, eps

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        u = self.inject(image)
        z = torch.zeros_like(u)
        for _ in range(self.steps):
            moved = torch.tanh(0.3 * self.norm(self.body(z)) + u)
            if (moved - z).abs().max() < self.eps:
                break
            z = moved
        return self.head(F.relu(z).mean(dim=(2, 3)))


def load_model() -> nn.Module:
    torch.manual_seed(4)
    return EquilibriumNet().eval()


def load_inputs(seed: int = 0) -> dict[str, torch.Tensor]:
    g = torch.Generator().manual_seed(seed)
    return {"image": torch.randn(2, 3, 8, 8, generator=g)}
