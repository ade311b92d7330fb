from functools import partial
from typing import List, Optional, Tuple

import torch
from torch import nn

from backbone.layers import DropPath, LayerNorm2d, create_act


class ConvNeXtBlock(nn.Module):
    def __init__(self, dim: int, drop_path: float = 0.0, ls_init: Optional[float] = 1e-6, act: str = 'gelu'):
        super().__init__()
        self.dwconv = nn.Conv2d(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim)
        self.fc1, self.act, self.fc2 = nn.Linear(dim, 4 * dim), create_act(act), nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(ls_init * torch.ones(dim)) if ls_init else None
        self.drop_path = DropPath(drop_path)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        y = self.fc2(self.act(self.fc1(y)))
        if self.gamma is not None:
            y = y * self.gamma
        return x + self.drop_path(y.permute(0, 3, 1, 2))


class Stage(nn.Module):
    def __init__(self, cin: int, cout: int, depth: int, rates: List[float], stride: int = 2):
        super().__init__()
        assert len(rates) == depth
        self.down = nn.Sequential(LayerNorm2d(cin), nn.Conv2d(cin, cout, stride, stride)) if stride > 1 or cin != cout \
            else nn.Identity()
        self.blocks = nn.Sequential(*(ConvNeXtBlock(cout, r) for r in rates))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.blocks(self.down(x))


class ConvNeXt(nn.Module):
    def __init__(
            self,
            depths: Tuple[int, ...] = (3, 3, 9, 3),
            dims: Tuple[int, ...] = (96, 192, 384, 768),
            drop_path_rate: float = 0.,
            num_classes: int = 1000,
    ):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, dims[0], 4, 4), LayerNorm2d(dims[0]))
        # a list for each stage
        dp_rates = [x.tolist() for x in torch.linspace(0, drop_path_rate, sum(depths)).split(depths)]
        stages, prev = [], dims[0]
        for i, (depth, dim) in enumerate(zip(depths, dims)):
            stages.append(Stage(prev, dim, depth, rates=dp_rates[i], stride=2 if i > 0 else 1))
            prev = dim
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(prev, num_classes)
        self.apply(partial(_init, std=0.02))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.stages(self.stem(x)).mean((2, 3)))


def _init(m: nn.Module, std: float) -> None:
    if isinstance(m, (nn.Conv2d, nn.Linear)):
        nn.init.trunc_normal_(m.weight, std=std)
        nn.init.zeros_(m.bias)


def chunks(ids: torch.Tensor, sizes: Tuple[int, ...]) -> List[List[int]]:
    return [x.tolist() for x in ids.split(sizes)]
