import torch
import torch.nn as nn
import torch.nn.functional as F


class Attention(nn.Module):
    def __init__(self, dim, num_heads=8, attn_drop=0.0, proj_drop=0.0, fused=True):
        super().__init__()
        self.num_heads, self.fused_attn = num_heads, fused
        self.scale = (dim // num_heads) ** -0.5
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.attn_drop, self.proj_drop = nn.Dropout(attn_drop), nn.Dropout(proj_drop)

    def forward(self, x):
        B, N, C = x.shape
        q, k, v = self.qkv(x).reshape(B, N, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        if self.fused_attn:
            x = F.scaled_dot_product_attention(
                q, k, v,
                dropout_p=self.attn_drop.p if self.training else 0.,
            )
        else:
            x = self.attn_drop((q * self.scale @ k.transpose(-2, -1)).softmax(-1)) @ v
        return self.proj_drop(self.proj(x.transpose(1, 2).reshape(B, N, C)))


class AttentionPool(nn.Module):
    def __init__(self, dim, heads=4, drop=0.0):
        super().__init__()
        self.heads = heads
        self.latent = nn.Parameter(torch.randn(1, 1, dim) * 0.02)
        self.q, self.kv, self.proj = nn.Linear(dim, dim), nn.Linear(dim, 2 * dim), nn.Linear(dim, dim)
        self.attn_drop = nn.Dropout(drop)

    def forward(self, x):
        B, N, C = x.shape
        q = self.q(self.latent.expand(B, -1, -1)).view(B, 1, self.heads, -1).transpose(1, 2)
        k, v = self.kv(x).view(B, N, 2, self.heads, -1).permute(2, 0, 3, 1, 4)
        x = F.scaled_dot_product_attention(q, k, v, dropout_p=self.attn_drop.p if self.training else 0.)
        return self.proj(x.transpose(1, 2).reshape(B, C))


class Stochastic(nn.Module):
    """Monte-Carlo dropout: noise also when predicting, on purpose."""

    def __init__(self, dim, p=0.2):
        super().__init__()
        self.drop, self.fc = nn.Dropout(p), nn.Linear(dim, dim)

    def forward(self, x):
        return self.fc(F.dropout(x, p=self.drop.p, training=True))

    def extra_repr(self):
        return f"p={self.drop.p}"


class Model(nn.Module):
    def __init__(self, dim=64, depth=3):
        super().__init__()
        self.blocks = nn.ModuleList(Attention(dim) for _ in range(depth))
        self.pool, self.head = AttentionPool(dim), Stochastic(dim)

    def forward(self, x):
        for b in self.blocks:
            x = x + b(x)
        return self.head(self.pool(x))


def same_rate(a, b):
    return a.attn_drop.p == b.attn_drop.p
