from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def yarn_correction(beta: float, dim: int, base: float, original: int) -> float:
    return dim * math.log(original / (beta * 2 * math.pi)) / (2 * math.log(base))


def precompute(dim: int, length: int, base: float = 10000.0, factor: float = 1.0, original: int = 4096):
    freqs = 1.0 / (base ** (torch.arange(0, dim, 2, dtype=torch.float32) / dim))
    if length > original:
        low = max(math.floor(yarn_correction(32, dim, base, original)), 0)
        high = min(math.ceil(yarn_correction(1, dim, base, original)), dim - 1)
        ramp = ((torch.arange(dim // 2) - low) / max(high - low, 1e-3)).clamp(0, 1)
        freqs = freqs / factor * ramp + freqs * (1 - ramp)
    freqs = torch.outer(torch.arange(length), freqs)
    return freqs.cos(), freqs.sin()


def apply_rotary(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    dtype = x.dtype
    x_r, x_i = x.float().view(*x.shape[:-1], -1, 2).unbind(-1)
    cos, sin = cos.view(1, x.size(1), 1, x_r.size(-1)), sin.view(1, x.size(1), 1, x_r.size(-1))
    y = torch.stack((x_r * cos - x_i * sin, x_r * sin + x_i * cos), dim=-1).flatten(3)
    return y.to(dtype)


class LatentAttention(nn.Module):
    def __init__(self, dim=512, heads=8, rank=64, nope=32, rope=16, value=32):
        super().__init__()
        self.heads, self.nope, self.rope, self.value = heads, nope, rope, value
        self.wq = nn.Linear(dim, heads * (nope + rope))
        self.down, self.up = nn.Linear(dim, rank + rope), nn.Linear(rank, heads * (nope + value))
        self.norm = nn.LayerNorm(rank)
        self.wo = nn.Linear(heads * value, dim)
        self.rank = rank

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor | None = None) -> Tensor:
        b, n, _ = x.shape
        q = self.wq(x).view(b, n, self.heads, -1)
        q_nope, q_pe = q.split([self.nope, self.rope], dim=-1)
        q_pe = apply_rotary(q_pe, cos, sin)
        kv, k_pe = self.down(x).split([self.rank, self.rope], dim=-1)
        k_pe = apply_rotary(k_pe.unsqueeze(2), cos, sin)
        k_nope, v = self.up(self.norm(kv)).view(b, n, self.heads, -1).split([self.nope, self.value], dim=-1)
        q = torch.cat([q_nope, q_pe], dim=-1)
        k = torch.cat([k_nope, k_pe.expand(-1, -1, self.heads, -1)], dim=-1)
        s = torch.einsum("bihd,bjhd->bhij", q, k) * q.shape[-1] ** -0.5
        s = s if mask is None else s + mask
        return self.wo(torch.einsum("bhij,bjhd->bihd", s.softmax(-1), v).flatten(2))


class QuantumLayer(nn.Module):
    """Amplitudes as pairs; the phases are data, not positions."""

    def __init__(self, qubits: int):
        super().__init__()
        self.phase = nn.Parameter(torch.zeros(2**qubits))

    def forward(self, state: Tensor) -> Tensor:
        psi = torch.view_as_complex(state)
        psi = psi * torch.polar(torch.ones_like(self.phase), self.phase)
        return torch.view_as_real(psi)
