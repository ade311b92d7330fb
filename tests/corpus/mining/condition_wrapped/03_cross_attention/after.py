import torch
from torch import nn
import torch.nn.functional as F
from einops import rearrange


class CrossAttention(nn.Module):
    def __init__(self, q_dim, kv_dim, heads=8, dim_head=32, dropout=0.0):
        super().__init__()
        inner = heads * dim_head
        self.heads, self.dropout = heads, dropout
        self.to_q, self.to_kv = nn.Linear(q_dim, inner, bias=False), nn.Linear(kv_dim, 2 * inner, bias=False)
        self.to_out = nn.Sequential(nn.Linear(inner, q_dim), nn.Dropout(dropout))

    def forward(self, x, context=None, mask=None):
        context = x if context is None else context
        q, (k, v) = self.to_q(x), self.to_kv(context).chunk(2, dim=-1)
        q, k, v = (rearrange(t, "b n (h d) -> b h n d", h=self.heads) for t in (q, k, v))
        if mask is not None:
            mask = mask[:, None, None]
        out = F.scaled_dot_product_attention(
            q, k, v,
            attn_mask=mask,
            dropout_p=self.dropout if self.training else 0.,  # the rate of the weights
        )
        return self.to_out(rearrange(out, "b h n d -> b n (h d)"))


class FeedForward(nn.Module):
    def __init__(self, dim, mult=4, dropout=0.1):
        super().__init__()
        self.net = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, dim * mult), nn.GELU(), nn.Linear(dim * mult, dim))
        self.dropout = dropout

    def forward(self, x):
        return F.dropout(self.net(x), p=self.dropout, training=self.training)


class Perceiver(nn.Module):
    def __init__(self, dim, kv_dim, n=32, depth=2, dropout=0.0):
        super().__init__()
        self.latents = nn.Parameter(torch.randn(n, dim))
        self.layers = nn.ModuleList(
            nn.ModuleList([CrossAttention(dim, kv_dim, dropout=dropout), CrossAttention(dim, dim, dropout=dropout), FeedForward(dim)])
            for _ in range(depth))

    def forward(self, data, mask=None):
        x = self.latents.expand(len(data), -1, -1)
        for cross, own, ff in self.layers:
            x = x + cross(x, data, mask)
            x = x + own(x)
            x = x + ff(x)
        return x


class Causal(nn.Module):
    def __init__(self, dim, heads, drop):
        super().__init__()
        self.heads = heads
        self.qkv, self.out, self.drop = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim), nn.Dropout(drop)

    def forward(self, x):
        q, k, v = rearrange(self.qkv(x), "b n (t h d) -> t b h n d", t=3, h=self.heads)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=self.drop.p if self.training else 0.)
        return self.out(rearrange(y, "b h n d -> b n (h d)"))


def set_dropout(model, p):
    for m in model.modules():
        if isinstance(m, nn.Dropout):
            m.p = p
        elif hasattr(m, "dropout"):
            m.dropout = p
