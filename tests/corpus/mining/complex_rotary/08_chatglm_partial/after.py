# Only the first half of a head is rotated.
import torch
from torch import nn


class RotaryTable(nn.Module):
    def __init__(self, dim, rope_ratio=1, original_impl=False):
        super().__init__()
        inv_freq = 1.0 / (10000 ** (torch.arange(0, dim, 2) / dim))
        self.register_buffer("inv_freq", inv_freq)
        self.dim, self.ratio = dim, rope_ratio

    def forward_impl(self, seq_len, base=10000):
        theta = 1.0 / ((base * self.ratio) ** (torch.arange(0, self.dim, 2).float() / self.dim))
        idx_theta = torch.outer(torch.arange(seq_len).float(), theta)
        return idx_theta.cos(), idx_theta.sin()

    def forward(self, seq_len):
        return self.forward_impl(seq_len)


def apply_rotary_pos_emb(x, cos, sin):
    # x: [b, sq, np, hn]
    sq = x.size(1)
    rot_dim = 2 * cos.shape[-1]
    x, x_pass = x[..., :rot_dim], x[..., rot_dim:]
    cos, sin = cos[:sq][None, :, None, :], sin[:sq][None, :, None, :]
    x_r, x_i = x.float().reshape(*x.shape[:-1], -1, 2).unbind(-1)
    x_out = torch.stack((x_r * cos - x_i * sin, x_r * sin + x_i * cos), dim=-1).flatten(3)
    return torch.cat((x_out.type_as(x), x_pass), dim=-1)


class GroupedAttention(nn.Module):
    def __init__(self, d, heads, groups):
        super().__init__()
        self.heads, self.groups, self.e = heads, groups, d // heads
        self.q, self.kv = nn.Linear(d, d), nn.Linear(d, 2 * groups * self.e)
        self.dense = nn.Linear(d, d, bias=False)

    def forward(self, h, rotary):
        b, n, d = h.shape
        q = self.q(h).view(b, n, self.heads, self.e)
        k, v = self.kv(h).view(b, n, 2 * self.groups, self.e).chunk(2, dim=2)
        if rotary is not None:
            q = apply_rotary_pos_emb(q, *rotary)
            k = apply_rotary_pos_emb(k, *rotary)
        k, v = (t.repeat_interleave(self.heads // self.groups, dim=2) for t in (k, v))
        q, k, v = (t.transpose(1, 2) for t in (q, k, v))
        y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.dense(y.transpose(1, 2).reshape(b, n, d))


class GLM(nn.Module):
    def __init__(self, vocab, d=256, heads=8, groups=2, depth=4):
        super().__init__()
        self.emb = nn.Embedding(vocab, d)
        self.rotary = RotaryTable(d // heads // 2)
        self.layers = nn.ModuleList(GroupedAttention(d, heads, groups) for _ in range(depth))
        self.norm = nn.LayerNorm(d)

    def forward(self, ids):
        x, rope = self.emb(ids), self.rotary(ids.shape[1])
        for layer in self.layers:
            x = x + layer(self.norm(x), rope)
        return x @ self.emb.weight.T


def half_turn(x):
    """Already in real arithmetic."""
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack((-b, a), dim=-1).flatten(-2)
