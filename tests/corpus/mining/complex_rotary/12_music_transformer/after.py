import random

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class BeatRope(nn.Module):
    """Two clocks: bar position for the first half of a head, beat position for the second."""

    def __init__(self, head: int):
        super().__init__()
        self.register_buffer("inv", 1000 ** (-torch.arange(0, head // 2, 2).float() / (head // 2)))

    def forward(self, bar: Tensor, beat: Tensor):
        angle = torch.cat((bar[..., None] * self.inv, beat[..., None] * self.inv), dim=-1)
        return angle.cos(), angle.sin()


def rotate_pair(q: Tensor, k: Tensor, cos: Tensor, sin: Tensor):
    cos, sin = cos[:, None], sin[:, None]
    q_r, q_i = q.float().reshape(*q.shape[:-1], -1, 2).unbind(-1)
    k_r, k_i = k.float().reshape(*k.shape[:-1], -1, 2).unbind(-1)
    q_out = torch.stack((q_r * cos - q_i * sin, q_r * sin + q_i * cos), dim=-1).flatten(3)
    k_out = torch.stack((k_r * cos - k_i * sin, k_r * sin + k_i * cos), dim=-1).flatten(3)
    return q_out.type_as(q), k_out.type_as(k)


class MusicLayer(nn.Module):
    def __init__(self, d: int, h: int):
        super().__init__()
        self.h, self.norm = h, nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.ff = nn.Sequential(nn.LayerNorm(d), nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

    def forward(self, x: Tensor, rope) -> Tensor:
        b, n, d = x.shape
        q, k, v = self.qkv(self.norm(x)).view(b, n, 3, self.h, -1).permute(2, 0, 3, 1, 4)
        q, k = rotate_pair(q, k, *rope)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(b, n, d))
        return x + self.ff(x)


class MusicModel(nn.Module):
    def __init__(self, events: int = 388, d: int = 256, h: int = 4, depth: int = 4):
        super().__init__()
        self.emb = nn.Embedding(events, d)
        self.clock = BeatRope(d // h)
        self.layers = nn.ModuleList(MusicLayer(d, h) for _ in range(depth))
        self.out = nn.Linear(d, events)

    def forward(self, events: Tensor, bar: Tensor, beat: Tensor) -> Tensor:
        rope = self.clock(bar.float(), beat.float())
        x = self.emb(events)
        for layer in self.layers:
            x = layer(x, rope)
        return self.out(x)


def transpose(events: Tensor, low: int, high: int) -> Tensor:
    shift = random.randint(-5, 5)
    pitch = (events >= low) & (events < high)
    return torch.where(pitch, (events + shift).clamp(low, high - 1), events)


def chroma(wave: Tensor, rate: int, n: int = 4096) -> Tensor:
    spec = torch.fft.rfft(wave.unfold(-1, n, n // 2))
    power = torch.view_as_real(spec).pow(2).sum(-1)
    f = torch.fft.rfftfreq(n, 1 / rate)[1:]
    which = (69 + 12 * torch.log2(f / 440)).round().long() % 12
    return torch.zeros(*power.shape[:-1], 12).index_add(-1, which, power[..., 1:])
