import torch
from torch import nn


class PonderNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.step = nn.Linear(8, 8)

    def forward(self, x):
        for _ in range(4):
            x = torch.where(x.sum() > 0, x - self.step(x).abs(), x)
        return x


def load_model():
    torch.manual_seed(5)
    return PonderNet()


def load_inputs(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return {"x": torch.randn(2, 8, generator=generator)}
