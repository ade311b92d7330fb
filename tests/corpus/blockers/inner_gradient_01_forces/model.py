"""A tiny molecular potential: a pair energy that is a softplus network of distances, and the forces on each atom."""
import torch
import torch.nn.functional as F
from torch import nn


class PairEnergy(nn.Module):
    def __init__(self, hidden: int = 8):
        super().__init__()
        self.first = nn.Linear(1, hidden)
        self.second = nn.Linear(hidden, 1, bias=False)

    def forward(self, squared: torch.Tensor) -> torch.Tensor:
        return self.second(F.softplus(self.first(squared.unsqueeze(-1)))).squeeze(-1)


class Potential(nn.Module):
    def __init__(self):
        super().__init__()
        self.pair = PairEnergy()
        self.charge = nn.Parameter(torch.tensor([0.5, -0.3, 0.9, 0.2]))

    def energy(self, positions):
        gap = positions[:, :, None] - positions[:, None]
        weight = torch.outer(self.charge, self.charge)
        return (weight * self.pair(gap.square().sum(-1))).sum()

    def forward(self, positions: torch.Tensor) -> torch.Tensor:
        with torch.enable_grad():
            free = positions.detach().requires_grad_()
            (slope,) = torch.autograd.grad(self.energy(free), free)
        return -slope


def load_model() -> nn.Module:
    torch.manual_seed(40)
    return Potential().eval()


def load_inputs(seed: int = 0) -> dict[str, torch.Tensor]:
    return {"positions": torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(seed))}
