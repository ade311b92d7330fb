from typing import Sequence
import torch
import torch.nn as nn
import torch.nn.functional as F
from ..layers import PatchEmbed
from ..layers import DropPath, calculate_drop_path_rates


class SpatialGate(nn.Module):
    def __init__(self, width, seq):
        super().__init__()
        self.norm = nn.LayerNorm(width // 2)
        self.proj = nn.Linear(seq, seq)
        nn.init.ones_(self.proj.bias)

    def forward(self, x):
        u, v = x.chunk(2, dim=-1)
        return u * self.proj(self.norm(v).transpose(1, 2)).transpose(1, 2)


class GMLPBlock(nn.Module):
    def __init__(self, dim, seq, drop_path=0.0):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.up, self.gate, self.down = nn.Linear(dim, 6 * dim), SpatialGate(6 * dim, seq), nn.Linear(3 * dim, dim)
        self.drop_path = DropPath(drop_path)

    def forward(self, x):
        return x + self.drop_path(self.down(self.gate(F.gelu(self.up(self.norm(x))))))


class ResMLPBlock(nn.Module):
    def __init__(self, dim, seq, drop_path=0.0):
        super().__init__()
        self.mix, self.mlp = nn.Linear(seq, seq), nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.g1, self.g2 = nn.Parameter(torch.full((dim,), 1e-4)), nn.Parameter(torch.full((dim,), 1e-4))
        self.drop_path = DropPath(drop_path)

    def forward(self, x):
        x = x + self.drop_path(self.g1 * self.mix(x.transpose(1, 2)).transpose(1, 2))
        return x + self.drop_path(self.g2 * self.mlp(x))


class GMLP(nn.Module):
    def __init__(self, image=224, patch=16, dim=128, num_blocks=30, stoch_depth=0.0):
        super().__init__()
        self.embed = PatchEmbed(image, patch, dim)
        drops = calculate_drop_path_rates(stoch_depth, num_blocks)
        self.blocks = nn.Sequential(*(GMLPBlock(dim, self.embed.num_patches, d) for d in drops))

    def forward(self, x):
        return self.blocks(self.embed(x)).mean(1)


class ResMLP(nn.Module):
    def __init__(self, image=224, patch=16, dims: Sequence[int] = (384,), depth=12, stoch_depth=0.0):
        super().__init__()
        self.embed = PatchEmbed(image, patch, dims[0])
        # constant rate, in the style of the paper
        self.blocks = nn.Sequential(
            *(ResMLPBlock(dims[0], self.embed.num_patches, stoch_depth) for _ in range(depth)))

    def forward(self, x):
        return self.blocks(self.embed(x)).mean(1)


def timings(model, x, n):
    out = torch.stack([model(x).sum() for _ in range(n)])
    return [t.item() for t in out]
