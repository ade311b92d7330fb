import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.init import trunc_normal_


def rotate(x, c, s):
    a, b = x[..., ::2], x[..., 1::2]
    return torch.stack([a * c - b * s, a * s + b * c], -1).flatten(-2)


class RopeAttention(nn.Module):
    fused: bool = hasattr(F, "scaled_dot_product_attention")

    def __init__(self, dim, heads=6, qk_norm=False, attn_drop=0.):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(dim, 3 * dim, bias=False), nn.Linear(dim, dim)
        self.qn = nn.LayerNorm(dim // heads) if qk_norm else nn.Identity()
        self.kn = nn.LayerNorm(dim // heads) if qk_norm else nn.Identity()
        self.attn_drop = nn.Dropout(attn_drop)

    def forward(self, x, rope=None):
        B, N, C = x.shape
        q, k, v = self.qkv(x).view(B, N, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        q, k = self.qn(q), self.kn(k)
        if rope is not None:
            q, k = rotate(q, *rope), rotate(k, *rope)
        if self.fused:
            x = F.scaled_dot_product_attention(q, k, v, dropout_p=self.attn_drop.p)
        else:
            a = (q * q.shape[-1] ** -0.5) @ k.mT
            x = F.dropout(a.softmax(-1), self.attn_drop.p, self.training) @ v
        return self.proj(x.transpose(1, 2).reshape(B, N, C))


class SwiGLU(nn.Module):
    def __init__(self, dim, hidden, drop=0.):
        super().__init__()
        self.w, self.out, self.drop = nn.Linear(dim, 2 * hidden), nn.Linear(hidden, dim), nn.Dropout(drop)

    def forward(self, x):
        a, g = self.w(x).chunk(2, -1)
        return self.drop(self.out(F.silu(g) * a))


class TokenDrop(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training or not self.p:
            return x
        n = int(x.shape[1] * (1 - self.p))
        return x.gather(1, torch.rand(x.shape[:2], device=x.device).argsort(1)[:, :n, None].expand(-1, -1, x.shape[-1]))


class RopeViT(nn.Module):
    def __init__(self, dim=96, depth=4, heads=6, n=196, drop=0.):
        super().__init__()
        self.embed, self.tokens = nn.Conv2d(3, dim, 16, 16), TokenDrop(drop)
        self.attn = nn.ModuleList(RopeAttention(dim, heads, attn_drop=drop) for _ in range(depth))
        self.mlp = nn.ModuleList(SwiGLU(dim, 2 * dim, drop) for _ in range(depth))
        self.pos = nn.Parameter(torch.zeros(1, n, dim))
        trunc_normal_(self.pos, std=0.02)

    def forward(self, x):
        x = self.tokens(self.embed(x).flatten(2).mT + self.pos)
        for a, m in zip(self.attn, self.mlp):
            x = x + a(x)
            x = x + m(x)
        return x.mean(1)
