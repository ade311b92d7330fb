# masked autoencoder with unit-wise attention
import random
from typing import List

import torch
from torch import nn, Tensor

from mae.parts import DropPath, UnitAttention, calculate_drop_path_rates


class Unit(nn.Module):
    def __init__(self, d: int, d_out: int, heads: int, pool: bool, p: float):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d_out)
        self.attn = UnitAttention(d, d_out, heads, pool)
        self.skip = nn.Linear(d, d_out) if d != d_out else nn.Identity()
        self.mlp = nn.Sequential(nn.Linear(d_out, 4 * d_out), nn.GELU(), nn.Linear(4 * d_out, d_out))
        self.path = DropPath(p)
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        short = self.skip(self.n1(x))
        if self.pool:
            short = short.unflatten(1, (-1, 4)).amax(2)
        x = short + self.path(self.attn(self.n1(x)))
        return x + self.path(self.mlp(self.n2(x)))


def make_units(d: int, depths: List[int], rate: float) -> nn.ModuleList:
    total = sum(depths)
    # linear in the depth
    rates = calculate_drop_path_rates(rate, total)
    ends = {sum(depths[: i + 1]) for i in range(len(depths))}
    units, heads = nn.ModuleList(), 1
    for i in range(total):
        grow = i in ends
        units.append(Unit(d, 2 * d if grow else d, 2 * heads if grow else heads, grow, rates[i]))
        if grow:
            d, heads = 2 * d, 2 * heads
    return units


class MAE(nn.Module):
    def __init__(self, d: int = 96, depths=(1, 2, 7, 2), rate: float = 0.0, ratio: float = 0.6, dec: int = 8):
        super().__init__()
        self.patch = nn.Conv2d(3, d, 7, 4, 3)
        self.units = make_units(d, list(depths), rate)
        wide = d * 2 ** (len(depths) - 1)
        self.decoder = nn.Sequential(*[
            Unit(wide, wide, 8, False, dp.item())
            for dp in torch.zeros(dec)
        ])
        self.ratio = ratio

    def mask(self, x: Tensor) -> Tensor:
        noise = torch.rand(x.shape[:2], device=x.device)
        keep = int(x.shape[1] * (1 - self.ratio))
        return noise.argsort(1)[:, :keep]

    def forward(self, image: Tensor) -> Tensor:
        x = self.patch(image).flatten(2).transpose(1, 2)
        x = x.gather(1, self.mask(x)[..., None].expand(-1, -1, x.shape[-1]))
        for u in self.units:
            x = u(x)
        return self.decoder(x)


class RateSchedule:
    def __init__(self, low: float, high: float, epochs: int):
        self.values = torch.linspace(low, high, epochs).tolist()

    def __getitem__(self, epoch: int) -> float:
        return self.values[min(epoch, len(self.values) - 1)] * (1 + 0.01 * random.random())
