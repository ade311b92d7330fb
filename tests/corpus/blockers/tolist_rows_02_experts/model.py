import torch
from torch import nn


class Expert(nn.Sequential):
    def __init__(self, d):
        super().__init__(nn.Linear(d, d), nn.GELU(), nn.Linear(d, d))


class HardMixture(nn.Module):
    """Top-1 mixture. The gate's probability weighs the answer of the expert it chose."""

    def __init__(self, d=6, n=4):
        super().__init__()
        self.gate = nn.Linear(d, n)
        self.experts = nn.ModuleList(Expert(d) for _ in range(n))
        self.norm = nn.LayerNorm(d)

    def forward(self, x):
        probabilities = self.gate(x).softmax(-1)
        weight, chosen = probabilities.max(-1)
        answers = [self.experts[e](row) for row, e in zip(x, chosen.tolist())]
        return self.norm(x + weight[:, None] * torch.stack(answers))


def load_model():
    torch.manual_seed(17)
    return HardMixture()


def load_inputs(seed=0):
    return {"x": torch.randn(5, 6, generator=torch.Generator().manual_seed(seed))}
