import copy
from typing import Optional

import torch
from torch import nn
from torch.nn import functional as F


def clones(module, n):
    return nn.ModuleList([copy.deepcopy(module) for _ in range(n)])


class MaskHead(nn.Module):
    """Cross attention of queries over the pixels, returned as a mask per head."""

    def __init__(self, query_dim, hidden_dim, num_heads):
        super().__init__()
        self.num_heads = num_heads
        self.q_linear = nn.Linear(query_dim, hidden_dim)
        self.k_linear = nn.Linear(query_dim, hidden_dim)
        self.normalize_fact = float(hidden_dim / num_heads) ** -0.5

    def forward(self, q, k, mask: Optional[torch.Tensor] = None):
        q = self.q_linear(q)
        k = F.conv2d(k, self.k_linear.weight.unsqueeze(-1).unsqueeze(-1), self.k_linear.bias)
        qh = q.view(q.shape[0], q.shape[1], self.num_heads, -1)
        kh = k.view(k.shape[0], self.num_heads, -1, k.shape[-2], k.shape[-1])
        weights = torch.einsum("bqnc,bnchw->bqnhw", qh * self.normalize_fact, kh)
        if mask is not None:
            weights = weights.masked_fill(mask[:, None, None], torch.finfo(weights.dtype).min)
        return F.softmax(weights.flatten(2), dim=-1).view(weights.size())


class DecoderLayer(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.q, self.kv, self.o = nn.Linear(d, d), nn.Linear(d, 2 * d), nn.Linear(d, d)
        self.norm = nn.LayerNorm(d)

    def forward(self, tgt, memory, padding: Optional[torch.Tensor] = None):
        q = self.q(tgt).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        k, v = self.kv(memory).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        logits = q @ k.transpose(-2, -1) / k.shape[-1] ** 0.5
        if padding is not None:
            logits = logits.masked_fill(
                padding[:, None, None, :],  # True where there is no image
                torch.finfo(logits.dtype).min,
            )
        return self.norm(tgt + self.o((logits.softmax(-1) @ v).transpose(1, 2).flatten(2)))


class Decoder(nn.Module):
    def __init__(self, d=256, heads=8, depth=6, queries=100, classes=91):
        super().__init__()
        self.queries = nn.Parameter(torch.randn(queries, d))
        self.layers = clones(DecoderLayer(d, heads), depth)
        self.classes = nn.Linear(d, classes + 1)
        self.boxes = nn.Linear(d, 4)

    def forward(self, memory, padding=None):
        x = self.queries.expand(memory.shape[0], -1, -1)
        for layer in self.layers:
            x = layer(x, memory, padding)
        return self.classes(x), self.boxes(x).sigmoid()


def match_cost(prob, boxes, labels, target):
    cost = -prob[:, labels] + torch.cdist(boxes, target, p=1)
    # the solver treats infinite cost as forbidden
    return cost.masked_fill(target.sum(-1) == 0, float("inf"))
