import math
import torch
from torch import nn


class SinusoidalPositions(nn.Module):
    def __init__(self, dim, base=10000.0):
        super().__init__()
        self.dim, self.base = dim, base
        # a constant of the module: moved with it
        self.register_buffer("scale", torch.arange(0, dim, 2) * (-math.log(base) / dim))

    def forward(self, x):
        n = x.shape[1]
        position = torch.arange(n)
        angle = position[:, None] * torch.exp(self.scale)[None]
        return x + torch.cat([angle.sin(), angle.cos()], dim=-1)


class LearnedPositions(nn.Module):
    def __init__(self, length, dim):
        super().__init__()
        self.table = nn.Embedding(length, dim)

    def forward(self, hidden, offset=0):
        ids = torch.arange(offset, offset + hidden.shape[1])
        return hidden + self.table(ids)


class GridPositions(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, feature_map):
        b, c, h, w = feature_map.shape
        ys = torch.linspace(-1, 1, h)
        xs = torch.linspace(-1, 1, w)
        gy, gx = torch.meshgrid(ys, xs, indexing="ij")
        grid = torch.stack([gx, gy]).expand(b, -1, -1, -1)
        return torch.cat([feature_map, grid], dim=1)


class Alibi(nn.Module):
    def __init__(self, heads):
        super().__init__()
        self.register_buffer("slopes", 2.0 ** (-8.0 * torch.arange(1, heads + 1) / heads), persistent=False)

    def forward(self, scores):
        i = torch.arange(scores.shape[-2])
        j = torch.arange(scores.shape[-1])
        distance = (i[:, None] - j[None]).abs()
        return scores - self.slopes[:, None, None] * distance


def build(kind, dim, length=512):
    return {"sin": lambda: SinusoidalPositions(dim), "learned": lambda: LearnedPositions(length, dim)}[kind]()


if __name__ == "__main__":
    # a smoke test on the host
    model = build("sin", 16)
    print(model(torch.zeros(2, 5, 16)).shape)
