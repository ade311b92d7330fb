import abc
from typing import Dict, Optional, Union

import torch
import torch.nn as nn

States = Dict[str, torch.Tensor]


class Adapter(nn.Module, abc.ABC):
    @abc.abstractmethod
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        ...


class Bottleneck(Adapter):
    def __init__(self, d: int, r: int):
        super().__init__()
        self.down, self.up = nn.Linear(d, r), nn.Linear(r, d)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.up(nn.functional.relu(self.down(x)))


class Prefix(nn.Module):
    def __init__(self, n: int, d: int):
        super().__init__()
        self.rows: torch.Tensor = nn.Parameter(torch.randn(n, d) * 0.02)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.rows.expand(len(x), -1, -1), x], 1)


class IA3(Adapter):
    def __init__(self, d: int, init: Optional[torch.Tensor] = None):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(d) if init is None else init)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.scale


class Mixture(nn.Module):
    def __init__(self, adapters: Dict[str, Adapter]):
        super().__init__()
        self.adapters = nn.ModuleDict(adapters)

    def forward(self, x: torch.Tensor, weights: Union[Dict[str, float], torch.Tensor, None] = None) -> torch.Tensor:
        outs = {k: a(x) for k, a in self.adapters.items()}
        if weights is None:
            return sum(outs.values()) / len(outs)
        if isinstance(weights, dict):
            return sum(w * outs[k] for k, w in weights.items())
        return (torch.stack(list(outs.values())) * weights.view(-1, 1, 1, 1)).sum(0)


def merge(states: States, other: States, alpha: float) -> States:
    return {k: torch.lerp(v, other[k], alpha) for k, v in states.items()}


def task_vector(base: States, tuned: States) -> States:
    return {k: tuned[k] - v for k, v in base.items()}


def load(path: str, map_location: str = "cpu") -> Dict[str, torch.Tensor]:
    state = torch.load(path, map_location=map_location)
    # checkpoints of old versions hold storages of this type
    return {k: v for k, v in state.items() if isinstance(v, (torch.Tensor, torch.FloatTensor))}


def zeros(n: int) -> torch.Tensor:
    return torch.FloatTensor(n).zero_()
