from typing import List

import torch
from torch import Tensor, nn


class AnchorHead(nn.Module):
    """Trajectories as offsets from anchors, scored by a small network."""

    def __init__(self, d: int, anchors: Tensor):
        super().__init__()
        self.register_buffer("anchors", anchors)
        k, t, _ = anchors.shape
        self.cls, self.reg = nn.Linear(d, k), nn.Linear(d, k * t * 2)

    def forward(self, x: Tensor) -> List[Tensor]:
        k, t, _ = self.anchors.shape
        offset = self.reg(x).view(-1, k, t, 2)
        path = torch.cumsum(self.anchors + offset, dim=2)
        return [self.cls(x), path]

    def heading(self, path: Tensor) -> Tensor:
        step = torch.diff(path, dim=2)
        return torch.arctan2(step[..., 1], step[..., 0])

    def speed(self, path: Tensor, dt: float) -> Tensor:
        step = torch.diff(path, dim=2)
        return torch.sqrt(torch.square(step).sum(-1)) / dt


class Collision(nn.Module):
    def __init__(self, radius: float):
        super().__init__()
        self.radius = radius

    def forward(self, path: Tensor, others: Tensor) -> Tensor:
        gap = path[:, :, :, None] - others[:, None, :, :]
        d = torch.linalg.norm(gap, dim=-1)
        return torch.clamp(self.radius - d, min=0).sum((2, 3))


class Social(nn.Module):
    def __init__(self, d: int, reach: float = 20.0):
        super().__init__()
        self.lin, self.reach = nn.Linear(d + 2, d), reach

    def forward(self, h: Tensor, pos: Tensor) -> Tensor:
        rel = pos[:, None] - pos[None]
        near = torch.linalg.norm(rel, dim=-1) < self.reach
        w = near.float() / near.sum(-1, keepdim=True)
        mean = torch.einsum("ij,ijc->ic", w, rel)
        return h + self.lin(torch.cat((w @ h, mean), -1))


class Planner(nn.Module):
    def __init__(self, d: int, anchors: Tensor):
        super().__init__()
        self.head, self.social, self.collide = AnchorHead(d, anchors), Social(d), Collision(1.5)

    def forward(self, h: Tensor, pos: Tensor, others: Tensor) -> Tensor:
        logits, path = self.head(self.social(h, pos))
        cost = self.collide(path, others)
        best = torch.argmin(cost - logits, dim=1)
        return path[torch.arange(len(best)), best]


def minimum_ade(path: Tensor, truth: Tensor) -> Tensor:
    return (path - truth[:, None]).norm(dim=-1).mean(-1).amin(1)
