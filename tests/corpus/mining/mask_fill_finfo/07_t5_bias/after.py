# Relative position buckets and the masks that go with them.
import math
import numpy as np
import torch
from torch import nn


class RelativeBias(nn.Module):
    def __init__(self, buckets, max_distance, heads, bidirectional=True):
        super().__init__()
        self.table = nn.Embedding(buckets, heads)
        self.buckets, self.max_distance, self.bidirectional = buckets, max_distance, bidirectional

    def bucket(self, rel):
        n = self.buckets
        out = 0
        if self.bidirectional:
            n //= 2
            out = (rel > 0).long() * n
            rel = rel.abs()
        else:
            rel = -torch.min(rel, torch.zeros_like(rel))
        exact = n // 2
        large = exact + (
            torch.log(rel.float().clamp(min=1) / exact) / math.log(self.max_distance / exact) * (n - exact)
        ).long()
        return out + torch.where(rel < exact, rel, large.clamp(max=n - 1))

    def forward(self, q_len, k_len):
        rel = torch.arange(k_len)[None] - torch.arange(q_len)[:, None]
        return self.table(self.bucket(rel.to(self.table.weight.device))).permute(2, 0, 1)[None]


def extend(mask, dtype):
    m = mask[:, None, None, :] if mask.dim() == 2 else mask[:, None]
    m = m.to(dtype)
    return (1.0 - m) * torch.finfo(m.dtype).min


def causal(batch, n, device, dtype):
    i = torch.arange(n, device=device)
    m = (i[None, :] <= i[:, None]).to(dtype)
    m = m.expand(batch, 1, n, n)
    return (1.0 - m) * torch.finfo(m.dtype).min


class Attention(nn.Module):
    def __init__(self, d, heads, bias=None):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(d, d, bias=False) for _ in range(4))
        self.heads, self.bias = heads, bias

    def forward(self, x, mask=None, kv=None):
        kv = x if kv is None else kv
        shape = lambda t: t.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        score = shape(self.q(x)) @ shape(self.k(kv)).mT
        if self.bias is not None:
            score = score + self.bias(x.shape[1], kv.shape[1])
        if mask is not None:
            score = score + mask
        # numerics of half precision
        prob = score.float().softmax(-1).type_as(score)
        return self.o((prob @ shape(self.v(kv))).transpose(1, 2).flatten(2))


def corrupt_spans(length, density, mean_span, rng):
    n = int(round(length * density))
    spans = max(int(round(n / mean_span)), 1)
    weight = np.full(length, -10000.0)
    weight[rng.choice(length, spans, replace=False)] = 0
    return np.flatnonzero(weight == 0)
