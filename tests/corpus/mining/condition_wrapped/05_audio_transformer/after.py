import math
import torch
from torch import nn, Tensor
import torch.nn.functional as F


class RelativeBias(nn.Module):
    def __init__(self, heads: int, span: int = 64):
        super().__init__()
        self.table, self.span = nn.Embedding(2 * span + 1, heads), span

    def forward(self, n: int) -> Tensor:
        i = torch.arange(n, device=self.table.weight.device)
        rel = (i[None] - i[:, None]).clamp(-self.span, self.span) + self.span
        return self.table(rel).permute(2, 0, 1)[None]


class SpeechAttention(nn.Module):
    def __init__(self, d: int, heads: int, dropout: float = 0.1):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = nn.Linear(d, d), nn.Linear(d, d, bias=False), nn.Linear(d, d), nn.Linear(d, d)
        self.bias, self.dropout = RelativeBias(heads), nn.Dropout(dropout)

    def split(self, t: Tensor) -> Tensor:
        return t.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x: Tensor, pad: Tensor) -> Tensor:
        bias = self.bias(x.shape[1]).masked_fill(pad[:, None, None], -1e4)
        y = F.scaled_dot_product_attention(self.split(self.q(x)), self.split(self.k(x)), self.split(self.v(x)), bias, self.dropout.p if self.training else 0.)
        return self.o(y.transpose(1, 2).flatten(2))


class Gate(nn.Module):
    def __init__(self, d: int, p: float):
        super().__init__()
        self.lin, self.p = nn.Linear(d, 2 * d), p

    def forward(self, x: Tensor) -> Tensor:
        return F.glu(F.dropout(self.lin(x), self.p, self.training), dim=-1)


class Encoder(nn.Module):
    def __init__(self, d: int = 96, heads: int = 4, depth: int = 3):
        super().__init__()
        self.attn = nn.ModuleList(SpeechAttention(d, heads) for _ in range(depth))
        self.gate = nn.ModuleList(Gate(d, 0.1) for _ in range(depth))
        self.norm = nn.ModuleList(nn.LayerNorm(d) for _ in range(2 * depth))

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        pad = torch.arange(x.shape[1], device=x.device)[None] >= lengths[:, None]
        for i, (a, g) in enumerate(zip(self.attn, self.gate)):
            x = x + a(self.norm[2 * i](x), pad)
            x = x + g(self.norm[2 * i + 1](x))
        return x


class SpecNoise(nn.Module):
    def __init__(self, p: float = 0.15):
        super().__init__()
        self.dropout = nn.Dropout2d(p)

    def forward(self, x: Tensor) -> Tensor:
        # F.dropout2d takes the mode, the rate stays as it is
        return F.dropout2d(x, p=self.dropout.p, training=self.training)


def schedule(step: int, p: float, warm: int = 1000) -> float:
    return p * min(1.0, step / warm) * (1 + math.cos(math.pi * min(step / (10 * warm), 1))) / 2
