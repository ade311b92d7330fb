"""Time-frequency transformer: rotary positions in the body, honest complex numbers at both ends."""
from typing import Tuple
import torch
from torch import nn, Tensor


class Analysis(nn.Module):
    def __init__(self, n: int = 512, hop: int = 128):
        super().__init__()
        self.n, self.hop = n, hop
        self.register_buffer("win", torch.hann_window(n), persistent=False)

    def forward(self, wave: Tensor) -> Tensor:
        spec = torch.stft(wave, self.n, self.hop, window=self.win, return_complex=True)
        return torch.view_as_real(spec).permute(0, 3, 2, 1)

    def inverse(self, x: Tensor) -> Tensor:
        spec = torch.view_as_complex(x.permute(0, 3, 2, 1).contiguous())
        return torch.istft(spec, self.n, self.hop, window=self.win)


def positions(dim: int, n: int, device: torch.device):
    w = torch.pow(10000.0, -torch.arange(0, dim, 2, device=device).float() / dim)
    a = torch.arange(n, device=device).float()[:, None] * w
    cis = torch.polar(torch.ones_like(a), a)
    return cis


def turn(x: Tensor, cis: Tensor) -> Tensor:
    z = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
    out = torch.view_as_real(z * cis).flatten(3)
    return out.type_as(x)


class TimeAttention(nn.Module):
    def __init__(self, d: int, h: int):
        super().__init__()
        self.h = h
        self.norm, self.qkv, self.out = nn.LayerNorm(d), nn.Linear(d, 3 * d), nn.Linear(d, d)

    def forward(self, x: Tensor) -> Tensor:
        b, n, d = x.shape
        q, k, v = self.qkv(self.norm(x)).view(b, n, 3, self.h, -1).permute(2, 0, 3, 1, 4)
        cis = positions(d // self.h, n, x.device)
        q, k = turn(q, cis), turn(k, cis)
        y = nn.functional.scaled_dot_product_attention(q, k, v)
        return x + self.out(y.transpose(1, 2).flatten(2))


class DeepFilter(nn.Module):
    def __init__(self, taps: int):
        super().__init__()
        self.taps = taps

    def forward(self, spec: Tensor, coef: Tensor) -> Tensor:
        # (B, 2, T, F) filtered by (B, taps, 2, T, F)
        padded = nn.functional.pad(spec, (0, 0, self.taps - 1, 0))
        frames = torch.stack([padded[:, :, i : i + spec.shape[2]] for i in range(self.taps)], 1)
        z = torch.view_as_complex(frames.movedim(2, -1).contiguous()) * torch.view_as_complex(coef.movedim(2, -1).contiguous())
        return torch.view_as_real(z.sum(1)).movedim(-1, 1)


class Enhancer(nn.Module):
    def __init__(self, bins: int = 257, d: int = 128, h: int = 4, depth: int = 2, taps: int = 5):
        super().__init__()
        self.analysis, self.filter = Analysis(), DeepFilter(taps)
        self.inp, self.out = nn.Linear(2 * bins, d), nn.Linear(d, taps * 2 * bins)
        self.body = nn.Sequential(*[TimeAttention(d, h) for _ in range(depth)])
        self.taps, self.bins = taps, bins

    def forward(self, wave: Tensor) -> Tuple[Tensor, Tensor]:
        spec = self.analysis(wave)
        h = self.body(self.inp(spec.permute(0, 2, 1, 3).flatten(2)))
        coef = self.out(h).view(len(wave), -1, self.taps, 2, self.bins).permute(0, 2, 3, 1, 4)
        est = self.filter(spec, coef)
        return self.analysis.inverse(est), est
