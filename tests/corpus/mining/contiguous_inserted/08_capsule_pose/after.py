"""Matrix capsules: poses travel as 4x4 matrices."""
from __future__ import annotations
import torch
from torch import Tensor, nn


class ConvCaps(nn.Module):
    def __init__(self, b: int, c: int, k: int = 3, stride: int = 2):
        super().__init__()
        self.b, self.c, self.k, self.stride = b, c, k, stride
        self.w = nn.Parameter(torch.randn(1, k * k * b, c, 4, 4) * 0.1)

    def patches(self, x: Tensor) -> Tensor:
        n = x.shape[0]
        cols = nn.functional.unfold(x, self.k, stride=self.stride)
        cols = cols.transpose(1, 2)
        cols = cols.contiguous()
        return cols.view(n, -1, self.k * self.k, self.b * 16)

    def votes(self, p: Tensor) -> Tensor:
        n, s = p.shape[:2]
        p = p.reshape(n * s, -1, 1, 4, 4)
        return p @ self.w

    def forward(self, x: Tensor) -> Tensor:
        v = self.votes(self.patches(x))
        return v.mean(1)


class Squash(nn.Module):
    def forward(self, s: Tensor) -> Tensor:
        n = s.pow(2).sum(-1, keepdim=True)
        return n / (1 + n) * s / (n + 1e-8).sqrt()


class PoseHead(nn.Module):
    def __init__(self, width: int, joints: int):
        super().__init__()
        self.joints = joints
        self.deconv = nn.ConvTranspose2d(width, joints, 4, 2, 1)

    def soft_argmax(self, heat: Tensor) -> Tensor:
        b, j, h, w = heat.shape
        p = heat.flatten(2).softmax(-1).view(b, j, h, w)
        x = (p.sum(2) * torch.arange(w, device=p.device)).sum(-1)
        y = (p.sum(3) * torch.arange(h, device=p.device)).sum(-1)
        return torch.stack((x, y), -1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        heat = self.deconv(x)
        joints = self.soft_argmax(heat)
        bones = joints.transpose(0, 1)
        bones = bones.contiguous()
        bones = bones.view(self.joints, -1)
        return joints, bones[1:] - bones[:-1]


def flip_pairs(heat: Tensor, pairs: list[tuple[int, int]]) -> Tensor:
    order = list(range(heat.shape[1]))
    for a, b in pairs:
        order[a], order[b] = b, a
    return heat[:, order].flip(-1)


def procrustes(a: Tensor, b: Tensor) -> Tensor:
    a0, b0 = a - a.mean(0), b - b.mean(0)
    at = a0.transpose(0, 1)
    u, _, vh = torch.linalg.svd(at @ b0)
    return a0 @ u @ vh + b.mean(0)


def to_world(r: Tensor, t: Tensor, x: Tensor) -> Tensor:
    rt = r.transpose(-1, -2)
    return (x - t) @ rt
