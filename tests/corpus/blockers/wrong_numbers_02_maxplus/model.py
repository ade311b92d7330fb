# Morphological perceptron: units take the maximum of input plus weight, and each unit has a learned output scale.
import torch
import torch.nn as nn


class MaxPlus(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.weight = nn.Parameter(0.3 * torch.randn(d_out, d_in))
        self.scale = nn.Parameter(1.0 + 0.5 * torch.randn(d_out))
        self.bias = nn.Parameter(torch.zeros(d_out))

    def forward(self, x):
        strongest, _ = torch.max(x[..., None, :] + self.weight, dim=-1)
        return strongest * self.scale + self.bias


class MorphologicalNet(nn.Module):
    def __init__(self, d=5, width=7):
        super().__init__()
        self.inp = nn.Linear(d, d)
        self.first, self.second = MaxPlus(d, width), MaxPlus(width, d)
        self.out = nn.Linear(d, 3)

    def forward(self, x):
        h = torch.tanh(self.inp(x))
        return self.out(h + self.second(torch.tanh(self.first(h))))


def load_model():
    torch.manual_seed(151)
    return MorphologicalNet()


def load_inputs(seed=0):
    return {"x": torch.randn(4, 5, generator=torch.Generator().manual_seed(seed))}
