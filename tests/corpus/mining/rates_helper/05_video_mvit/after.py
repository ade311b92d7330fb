from __future__ import annotations

import torch
from torch import Tensor, nn

from video.modules import DropPath, calculate_drop_path_rates


class PooledAttention(nn.Module):
    def __init__(self, dim: int, heads: int, stride: tuple[int, int, int]):
        super().__init__()
        self.heads, self.stride = heads, stride
        self.qkv = nn.Linear(dim, 3 * dim)
        self.pool = nn.Conv3d(dim // heads, dim // heads, 3, stride, 1, groups=dim // heads)
        self.proj = nn.Linear(dim, dim)

    def _pool(self, t: Tensor, thw: tuple[int, int, int]) -> Tensor:
        b, h, n, d = t.shape
        t = self.pool(t.reshape(b * h, *thw, d).movedim(-1, 1))
        return t.flatten(2).transpose(1, 2).reshape(b, h, -1, d)

    def forward(self, x: Tensor, thw: tuple[int, int, int]) -> Tensor:
        b, n, c = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        k, v = self._pool(k, thw), self._pool(v, thw)
        out = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.proj(out.transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self, dim: int, heads: int, stride, path: float):
        super().__init__()
        self.a, self.b = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = PooledAttention(dim, heads, stride)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.path = DropPath(path)

    def forward(self, x: Tensor, thw) -> Tensor:
        x = x + self.path(self.attn(self.a(x), thw))
        return x + self.path(self.mlp(self.b(x)))


class VideoEncoder(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cube = nn.Conv3d(3, cfg.dim, cfg.cube, cfg.cube)
        self.blocks = nn.ModuleList(
            Block(cfg.dim, cfg.heads, cfg.stride, path)
            for path in calculate_drop_path_rates(cfg.drop_path, cfg.depth)
        )
        self.norm = nn.LayerNorm(cfg.dim)

    def forward(self, clip: Tensor) -> Tensor:
        x = self.cube(clip)
        thw = tuple(x.shape[2:])
        x = x.flatten(2).transpose(1, 2)
        for block in self.blocks:
            x = block(x, thw)
        return self.norm(x).mean(1)


def frame_times(start: float, end: float, n: int) -> list[float]:
    """Seconds at which a decoder is asked for frames."""
    return torch.linspace(start, end, n).tolist()


def frame_index(total: int, n: int) -> list[int]:
    return torch.linspace(0, total - 1, n).long().tolist()
