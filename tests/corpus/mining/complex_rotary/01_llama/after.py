import math
from dataclasses import dataclass
from typing import Optional, Tuple

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Args:
    dim: int = 256
    n_heads: int = 8
    vocab: int = 32000
    max_seq: int = 512


def precompute_freqs_cis(dim: int, end: int, theta: float = 10000.0):
    freqs = 1.0 / (theta ** (torch.arange(0, dim, 2)[: (dim // 2)].float() / dim))
    t = torch.arange(end)
    freqs = torch.outer(t, freqs).float()
    return freqs.cos(), freqs.sin()


def apply_rotary_emb(xq: torch.Tensor, xk: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor):
    cos, sin = cos[None, :, None, :], sin[None, :, None, :]
    xq_r, xq_i = xq.float().reshape(*xq.shape[:-1], -1, 2).unbind(-1)
    xk_r, xk_i = xk.float().reshape(*xk.shape[:-1], -1, 2).unbind(-1)
    xq_out = torch.stack((xq_r * cos - xq_i * sin, xq_r * sin + xq_i * cos), dim=-1).flatten(3)
    xk_out = torch.stack((xk_r * cos - xk_i * sin, xk_r * sin + xk_i * cos), dim=-1).flatten(3)
    return xq_out.type_as(xq), xk_out.type_as(xk)


class Attention(nn.Module):
    def __init__(self, args: Args):
        super().__init__()
        self.h = args.n_heads
        self.wqkv = nn.Linear(args.dim, 3 * args.dim, bias=False)
        self.wo = nn.Linear(args.dim, args.dim, bias=False)

    def forward(self, x, cos, sin, mask: Optional[torch.Tensor] = None):
        b, n, d = x.shape
        q, k, v = (t.view(b, n, self.h, -1) for t in self.wqkv(x).chunk(3, -1))
        q, k = apply_rotary_emb(q, k, cos, sin)
        s = torch.einsum("bihd,bjhd->bhij", q, k) / math.sqrt(q.shape[-1])
        if mask is not None:
            s = s + mask
        return self.wo(torch.einsum("bhij,bjhd->bihd", s.softmax(-1), v).reshape(b, n, d))


def magnitude(wave: torch.Tensor, n: int) -> Tuple[torch.Tensor, torch.Tensor]:
    spec = torch.stft(wave, n, return_complex=True)
    parts = torch.view_as_real(spec)
    return spec.abs(), torch.view_as_complex(parts).angle()


def next_token(logits: torch.Tensor, temperature: float, top_p: float) -> torch.Tensor:
    if temperature == 0:
        return logits.argmax(-1)
    p, order = (logits / temperature).softmax(-1).sort(descending=True)
    p = p.masked_fill(p.cumsum(-1) - p > top_p, 0.0)
    return order.gather(-1, torch.multinomial(p, 1)).squeeze(-1)
