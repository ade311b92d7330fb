from typing import Optional

import torch
from torch import Tensor
from torch import nn


class TopKPool(nn.Module):
    def __init__(self, width: int, ratio: float = 0.5):
        super().__init__()
        self.vector = nn.Parameter(torch.randn(width))
        self.ratio = ratio

    def forward(self, x: Tensor, mask: Optional[Tensor] = None) -> Tensor:
        score = x @ self.vector / self.vector.norm()
        if mask is not None:
            score = score.masked_fill(~mask, torch.finfo(score.dtype).min)
        k = max(1, int(self.ratio * x.shape[1]))
        value, index = score.topk(k, dim=1)
        rows = x.gather(1, index[..., None].expand(-1, -1, x.shape[-1]))
        return rows * torch.tanh(value)[..., None]


class Readout(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.lin = nn.Linear(3 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        parts = (x.mean(1), x.amax(1), x.amin(1))
        return self.lin(torch.cat(parts, dim=-1))


class HierarchicalNet(nn.Module):
    def __init__(self, width: int = 32, levels: int = 3):
        super().__init__()
        self.convs = nn.ModuleList(nn.Linear(width, width) for _ in range(levels))
        self.pools = nn.ModuleList(TopKPool(width) for _ in range(levels))
        self.reads = nn.ModuleList(Readout(width) for _ in range(levels))

    def forward(self, x: Tensor) -> Tensor:
        out = torch.zeros_like(x[:, 0])
        for conv, pool, read in zip(self.convs, self.pools, self.reads):
            x = pool(nn.functional.relu(conv(x)))
            out = out + read(x)
        return out


def offsets(sizes: Tensor) -> Tensor:
    """Where each graph starts in a flat batch."""
    ends = torch.cumsum(sizes, dim=0)
    return ends - sizes


def batch_vector(sizes: Tensor) -> Tensor:
    return torch.repeat_interleave(torch.arange(len(sizes), device=sizes.device), sizes)
