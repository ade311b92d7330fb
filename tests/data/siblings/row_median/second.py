"""Robust scores of a set: features are centred by the median of the set and scaled by the median distance from it."""

import torch
from torch import nn


class RobustSetScorer(nn.Module):
    def __init__(self, features: int = 6, width: int = 16):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(features, width), nn.SiLU(), nn.Linear(width, width))
        self.score = nn.Linear(width, 1)

    def forward(self, members: torch.Tensor) -> torch.Tensor:
        centre = torch.median(members, dim=1).values[:, None]
        spread = torch.median((members - centre).abs(), dim=1).values[:, None]
        hidden = self.body((members - centre) / (spread + 0.1))
        return self.score(hidden).squeeze(-1).softmax(dim=-1)


def load_model() -> nn.Module:
    torch.manual_seed(3)
    return RobustSetScorer().eval()


def load_inputs(seed: int = 0) -> dict[str, torch.Tensor]:
    g = torch.Generator().manual_seed(seed)
    return {"members": torch.randn(2, 9, 6, generator=g)}
