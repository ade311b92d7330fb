from __future__ import annotations

import torch
import torch.nn as nn
from torch.nn.functional import interpolate, softmax


class CostVolume(nn.Module):
    def __init__(self, levels: int):
        super().__init__()
        self.levels = levels

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        w = left.shape[-1]
        planes = []
        for d in range(self.levels):
            shifted = nn.functional.pad(right, (d, 0))[..., :w]
            planes.append((left * shifted).mean(1))
        return torch.stack(planes, dim=1)


class Regress(nn.Module):
    def forward(self, cost: torch.Tensor) -> torch.Tensor:
        p = softmax(cost, dim=1)
        d = torch.arange(cost.shape[1], device=cost.device, dtype=cost.dtype)
        return (p * d[None, :, None, None]).sum(1)


class Stereo(nn.Module):
    def __init__(self, c: int = 32, levels: int = 48):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(3, c, 5, 2, 2), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1))
        self.cost, self.out = CostVolume(levels), Regress()
        self.agg = nn.Conv2d(levels, levels, 3, padding=1)

    def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        cost = self.agg(self.cost(self.net(left), self.net(right)))
        disp = self.out(cost)[:, None]
        return 2 * interpolate(disp, scale_factor=2.0, mode="bilinear", align_corners=False)


def warp(image: torch.Tensor, disp: torch.Tensor) -> torch.Tensor:
    b, _, h, w = image.shape
    ys = torch.linspace(-1, 1, h, device=image.device)
    xs = torch.linspace(-1, 1, w, device=image.device)
    gy, gx = torch.meshgrid(ys, xs, indexing="ij")
    gx = gx - 2 * disp[:, 0] / (w - 1)
    return nn.functional.grid_sample(image, torch.stack([gx, gy.expand_as(gx)], -1), align_corners=True)


def bad_pixels(pred: torch.Tensor, truth: torch.Tensor, limit: float = 3.0) -> torch.Tensor:
    valid = truth > 0
    wrong = (pred - truth).abs() > limit
    return (wrong & valid).sum() / valid.sum().clamp(min=1)


def confidence(cost: torch.Tensor) -> torch.Tensor:
    top = softmax(cost, dim=1).topk(2, dim=1).values
    return top[:, 0] - top[:, 1]
