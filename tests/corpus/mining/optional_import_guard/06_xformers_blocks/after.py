import torch, torch.nn as nn
from functools import partial

try:
    import xformers.ops as xops
except ImportError:
    xops = None


class MemEffAttention(nn.Module):
    def __init__(self, dim, heads=8):
        super().__init__()
        self.heads, self.scale = heads, (dim // heads) ** -0.5
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x, bias=None):
        B, N, C = x.shape
        q, k, v = self.qkv(x).reshape(B, N, 3, self.heads, -1).unbind(2)
        if xops is None or not x.is_cuda:
            q, k, v = (t.transpose(1, 2) for t in (q, k, v))
            a = q * self.scale @ k.mT
            a = a if bias is None else a + bias
            return self.proj((a.softmax(-1) @ v).transpose(1, 2).reshape(B, N, C))
        return self.proj(xops.memory_efficient_attention(q, k, v, attn_bias=bias).reshape(B, N, C))


class Scale(nn.Module):
    def __init__(self, d, v=1e-5):
        super().__init__()
        self.g = nn.Parameter(torch.full((d,), v))

    def forward(self, x):
        return x * self.g


class Block(nn.Module):
    def __init__(self, d, h, norm=partial(nn.LayerNorm, eps=1e-6)):
        super().__init__()
        self.n1, self.n2, self.attn = norm(d), norm(d), MemEffAttention(d, h)
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))
        self.s1, self.s2 = Scale(d), Scale(d)

    def forward(self, x):
        x = x + self.s1(self.attn(self.n1(x)))
        return x + self.s2(self.mlp(self.n2(x)))


class Backbone(nn.Module):
    def __init__(self, d=96, h=4, depth=3, patch=14):
        super().__init__()
        self.patch = nn.Conv2d(3, d, patch, patch)
        self.blocks = nn.ModuleList(Block(d, h) for _ in range(depth))

    @torch.jit.ignore
    def groups(self, decay):
        yield from ({"params": b.parameters(), "scale": decay**i} for i, b in enumerate(self.blocks))

    def forward(self, x, layers=()):
        x = self.patch(x).flatten(2).mT
        outs = []
        for i, b in enumerate(self.blocks):
            x = b(x)
            if i in layers:
                outs.append(x)
        return outs or x


def registry():
    try:
        import timm
    except ImportError:
        return ["backbone"]
    return timm.list_models() + ["backbone"]
