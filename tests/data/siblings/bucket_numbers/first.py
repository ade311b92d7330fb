"""Tabular regression: numeric columns become the embeddings of their quantile buckets."""

import torch
from torch import nn


class BucketRegressor(nn.Module):
    def __init__(self, columns: int = 6, buckets: int = 8, width: int = 12):
        super().__init__()
        self.register_buffer("edges", torch.linspace(-1.5, 1.5, buckets - 1))
        self.embed = nn.Embedding(buckets, width)
        self.column = nn.Parameter(torch.randn(columns, width) * 0.1)
        self.hidden = nn.Linear(columns * width, 32)
        self.out = nn.Linear(32, 1)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        index = torch.bucketize(values, self.edges)
        tokens = self.embed(index) + self.column
        return self.out(torch.relu(self.hidden(tokens.flatten(1)))).squeeze(-1)


def load_model() -> nn.Module:
    torch.manual_seed(0)
    return BucketRegressor().eval()


def load_inputs(seed: int = 0) -> dict[str, torch.Tensor]:
    g = torch.Generator().manual_seed(seed)
    return {"values": torch.randn(4, 6, generator=g)}
