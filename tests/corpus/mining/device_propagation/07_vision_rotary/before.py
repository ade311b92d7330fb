import torch
from torch import nn
from dataclasses import dataclass


@dataclass
class Settings:
    width: int = 128
    heads: int = 4
    merge: int = 2
    theta: float = 1e4


class VisionRotary(nn.Module):
    def __init__(self, dim, theta):
        super().__init__()
        inv = 1.0 / theta ** (torch.arange(0, dim, 2).float() / dim)
        self.register_buffer("inv_freq", inv, persistent=False)

    def forward(self, n):
        seq = torch.arange(n)
        return torch.outer(seq, self.inv_freq)


class Tower(nn.Module):
    def __init__(self, s: Settings):
        super().__init__()
        self.s = s
        self.rotary = VisionRotary(s.width // s.heads // 2, s.theta)
        self.qkv, self.o = nn.Linear(s.width, 3 * s.width), nn.Linear(s.width, s.width)

    def positions(self, grid):
        out, m = [], self.s.merge
        for t, h, w in grid.tolist():
            hp = torch.arange(h)[:, None].expand(-1, w)
            wp = torch.arange(w)[None].expand(h, -1)
            hp, wp = (p.reshape(h // m, m, w // m, m).transpose(1, 2).flatten() for p in (hp, wp))
            out.append(torch.stack([hp, wp], -1).repeat(t, 1))
        return torch.cat(out)

    def mask(self, x, cu):
        n = x.shape[0]
        m = torch.zeros(n, n, dtype=torch.bool)
        for a, b in zip(cu[:-1].tolist(), cu[1:].tolist()):
            m[a:b, a:b] = True
        return m

    def forward(self, x, grid, cu):
        pos = self.positions(grid)
        table = self.rotary(int(grid[:, 1:].max()))
        angle = table[pos].flatten(1)
        q, k, v = self.qkv(x).view(len(x), 3, self.s.heads, -1).permute(1, 2, 0, 3)
        c, s = angle.cos().repeat(1, 2), angle.sin().repeat(1, 2)
        q, k = (t * c + torch.cat((-t.chunk(2, -1)[1], t.chunk(2, -1)[0]), -1) * s for t in (q, k))
        y = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=self.mask(x, cu))
        return x + self.o(y.transpose(0, 1).flatten(1))


class Resampler(nn.Module):
    def __init__(self, d, n):
        super().__init__()
        self.query = nn.Parameter(torch.randn(n, d) * 0.02)
        self.attn = nn.MultiheadAttention(d, 4, batch_first=True)

    def forward(self, x, lengths):
        pad = torch.arange(x.shape[1])[None] >= lengths[:, None]
        q = self.query.expand(len(x), -1, -1)
        return self.attn(q, x, x, key_padding_mask=pad, need_weights=False)[0]


def fake_batch(n, seed=0):
    g = torch.Generator().manual_seed(seed)
    return torch.rand(n, 128, generator=g), torch.tensor([[1, 4, n // 4]]), torch.tensor([0, n])
