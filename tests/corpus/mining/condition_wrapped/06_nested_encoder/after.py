from __future__ import annotations
import torch
from torch import nn
from torch.nn import functional as F


class TextTower(nn.Module):
    def __init__(self, vocab: int, d: int, heads: int, rate: float):
        super().__init__()
        self.emb, self.heads = nn.Embedding(vocab, d), heads
        self.attn_dropout = rate
        self.in_proj, self.out_proj = nn.Linear(d, 3 * d), nn.Linear(d, d)

    def forward(self, ids):
        def attend(h):
            q, k, v = self.in_proj(h).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
            return F.scaled_dot_product_attention(q, k, v, dropout_p=self.attn_dropout if self.training else 0.)

        x = self.emb(ids)
        y = attend(x).transpose(1, 2).flatten(2)
        return x + self.out_proj(y)


class ImageTower(nn.Module):
    def __init__(self, d: int, heads: int, rate: float, depth: int = 2):
        super().__init__()
        self.stem, self.heads = nn.Conv2d(3, d, 16, 16), heads
        self.layers = nn.ModuleList(nn.Linear(d, 3 * d) for _ in range(depth))
        self.drops = nn.ModuleList(nn.Dropout(rate) for _ in range(depth))

    def forward(self, image):
        x = self.stem(image).flatten(2).mT
        for lin, drop in zip(self.layers, self.drops):
            q, k, v = lin(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
            y = F.scaled_dot_product_attention(q, k, v, dropout_p=drop.p if self.training else 0.)
            x = x + y.transpose(1, 2).flatten(2)
        return x.mean(1)


class Pair(nn.Module):
    def __init__(self, vocab=1000, d=64, heads=4, rate=0.1):
        super().__init__()
        self.text, self.image = TextTower(vocab, d, heads, rate), ImageTower(d, heads, rate)
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.modality_dropout = rate

    def forward(self, ids, image):
        t, v = self.text(ids).mean(1), self.image(image)
        if self.training and torch.rand(()).item() < self.modality_dropout:
            v = torch.zeros_like(v)
        return F.normalize(t, dim=-1) @ F.normalize(v, dim=-1).T * self.scale.exp()


class Ensemble:
    """Plain object: no mode at all."""

    def __init__(self, members: list[nn.Module], dropout_p: float = 0.0):
        self.members, self.dropout_p = members, dropout_p

    def __call__(self, *args):
        keep = [m for m in self.members if torch.rand(()).item() >= self.dropout_p] or self.members
        return torch.stack([m(*args) for m in keep]).mean(0)


def rates(model):
    return {n: m.p for n, m in model.named_modules() if isinstance(m, nn.Dropout)}
