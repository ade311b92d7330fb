"""Sequences of (return, state, action) as tokens."""
import torch
from torch import nn


class CausalBlock(nn.Module):
    def __init__(self, d, heads, resid_pdrop=0.1, attn_pdrop=0.1):
        super().__init__()
        self.heads = heads
        self.ln1, self.ln2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.o = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.attn_pdrop = attn_pdrop
        self.resid = nn.Dropout(resid_pdrop)
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.ReLU(), nn.Linear(4 * d, d), nn.Dropout(resid_pdrop))

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(self.ln1(x)).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        y = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=self.attn_pdrop)
        x = x + self.resid(self.o(y.transpose(1, 2).reshape(b, n, d)))
        return x + self.mlp(self.ln2(x))


class DecisionModel(nn.Module):
    def __init__(self, obs, act, d=64, heads=4, depth=3, limit=1000):
        super().__init__()
        self.time = nn.Embedding(limit, d)
        self.ret, self.obs, self.act = nn.Linear(1, d), nn.Linear(obs, d), nn.Linear(act, d)
        self.blocks = nn.ModuleList(CausalBlock(d, heads) for _ in range(depth))
        self.out = nn.Sequential(nn.Linear(d, act), nn.Tanh())

    def forward(self, returns, states, actions, steps):
        t = self.time(steps)
        tokens = torch.stack([self.ret(returns) + t, self.obs(states) + t, self.act(actions) + t], 2)
        x = tokens.flatten(1, 2)
        for block in self.blocks:
            x = block(x)
        return self.out(x[:, 1::3])


class Dynamics(nn.Module):
    """Ensemble of one-step models; disagreement through dropout that is always on."""

    def __init__(self, obs, act, d=64, p=0.2):
        super().__init__()
        self.a, self.b, self.p = nn.Linear(obs + act, d), nn.Linear(d, obs), p

    def forward(self, s, u):
        h = torch.relu(self.a(torch.cat([s, u], -1)))
        return s + self.b(nn.functional.dropout(h, self.p))


def discount(rewards, gamma):
    out, total = [], 0.0
    for r in reversed(rewards):
        total = r + gamma * total
        out.append(total)
    return out[::-1]


def augment(states, p):
    noise = torch.rand(states.shape[:2]) < p
    return torch.where(noise[..., None], torch.randn_like(states), states)


def settings(model):
    return [(b.attn_pdrop, b.resid.p) for b in model.blocks]
