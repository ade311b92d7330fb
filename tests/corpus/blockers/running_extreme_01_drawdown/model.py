"""Drawdown features of price paths: how far below its running peak a path is, and how long ago the peak was."""
import torch
from torch import nn


class DrawdownNet(nn.Module):
    def __init__(self, assets=3, width=8):
        super().__init__()
        self.mix = nn.Conv1d(assets, assets, 3, padding=1)
        self.gru = nn.GRU(2 * assets, width, batch_first=True)
        self.out = nn.Linear(width, 1)

    def forward(self, returns):
        path = torch.cumsum(self.mix(returns), dim=-1)
        peak, when = torch.cummax(path, dim=-1)
        age = torch.arange(path.shape[-1]) - when
        features = torch.cat([peak - path, 0.1 * age.to(path.dtype)], dim=1)
        states, _ = self.gru(features.transpose(1, 2))
        return self.out(states[:, -1])


def load_model():
    torch.manual_seed(105)
    return DrawdownNet()


def load_inputs(seed=0):
    return {"returns": torch.randn(2, 3, 12, generator=torch.Generator().manual_seed(seed))}
