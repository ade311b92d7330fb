from typing import Optional, Tuple
import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention as sdpa


class WindowMSA(nn.Module):
    def __init__(self, dim: int, heads: int, window: Tuple[int, int], attn_drop: float = 0.):
        super().__init__()
        self.heads, self.window = heads, window
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.attn_drop = nn.Dropout(attn_drop)
        n = window[0] * window[1]
        self.bias = nn.Parameter(torch.zeros(heads, n, n))

    def forward(self, x: torch.Tensor, mask: Optional[torch.Tensor] = None) -> torch.Tensor:
        b, n, c = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        bias = self.bias[None]
        if mask is not None:
            bias = bias + mask.repeat(b // len(mask), 1, 1)[:, None]
        y = sdpa(q, k, v, attn_mask=bias, dropout_p=self.attn_drop.p)
        return self.proj(y.transpose(1, 2).reshape(b, n, c))


class GridMSA(nn.Module):
    def __init__(self, dim: int, heads: int, grid: int = 7, p: float = 0.0):
        super().__init__()
        self.heads, self.grid, self.p = heads, grid, p
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, h, w, c = x.shape
        g = self.grid
        x = x.view(b, g, h // g, g, w // g, c).permute(0, 2, 4, 1, 3, 5).reshape(-1, g * g, c)
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        y = sdpa(q, k, v, dropout_p=self.p)
        y = self.proj(y.transpose(1, 2).flatten(2))
        return y.view(b, h // g, w // g, g, g, c).permute(0, 3, 1, 4, 2, 5).reshape(b, h, w, c)


class DropPath(nn.Module):
    def __init__(self, p: float):
        super().__init__()
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0:
            return x
        keep = 1 - self.p
        m = x.new_empty((len(x),) + (1,) * (x.dim() - 1)).bernoulli_(keep)
        return x * m / keep


class Stage(nn.Module):
    def __init__(self, dim: int, heads: int, p: float = 0.0):
        super().__init__()
        self.grid, self.path = GridMSA(dim, heads), DropPath(p)
        self.norm = nn.LayerNorm(dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.path(self.grid(self.norm(x)))


def masked(x: torch.Tensor, p: float) -> torch.Tensor:
    """Denoising objective: the same in both modes."""
    return nn.functional.dropout(x, p)
