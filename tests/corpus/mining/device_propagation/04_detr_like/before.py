from typing import Dict

import torch
from torch import nn


class Proposals(nn.Module):
    def __init__(self, d, strides=(8, 16, 32)):
        super().__init__()
        self.strides = strides
        self.norm, self.lin = nn.LayerNorm(d), nn.Linear(d, d)

    def forward(self, memory, shapes):
        boxes = []
        for level, (h, w) in enumerate(shapes):
            gy, gx = torch.meshgrid(
                torch.arange(h),
                torch.arange(w), indexing="ij")
            centre = (torch.stack([gx, gy], -1) + 0.5) / torch.tensor([w, h])
            size = torch.full_like(centre, 0.05 * 2**level)
            boxes.append(torch.cat([centre, size], -1).flatten(0, 1))
        anchor = torch.cat(boxes)
        valid = ((anchor > 0.01) & (anchor < 0.99)).all(-1, keepdim=True)
        anchor = torch.log(anchor / (1 - anchor)).masked_fill(~valid, 1e4)
        return self.lin(self.norm(memory * valid)), anchor


class Denoising(nn.Module):
    def __init__(self, classes, d, groups=5, noise=0.4):
        super().__init__()
        self.classes, self.groups, self.noise = classes, groups, noise
        self.emb = nn.Embedding(classes + 1, d)

    def forward(self, labels, boxes):
        labels, boxes = labels.repeat(self.groups), boxes.repeat(self.groups, 1)
        flip = torch.rand(labels.shape) < self.noise / 2
        other = torch.randint_like(labels, self.classes)
        labels = torch.where(flip, other, labels)
        boxes = boxes + (torch.rand_like(boxes) * 2 - 1) * boxes[:, 2:].repeat(1, 2) * self.noise / 2
        return self.emb(labels), boxes.clamp(0, 1)

    def mask(self, queries, n):
        per = n // self.groups
        total = n + queries.shape[1]
        m = torch.zeros(total, total, dtype=torch.bool)
        m[n:, :n] = True
        for g in range(self.groups):
            m[g * per : (g + 1) * per, : g * per] = True
            m[g * per : (g + 1) * per, (g + 1) * per : n] = True
        return m


class Post(nn.Module):
    def forward(self, out: Dict, sizes):
        p, idx = out["logits"].sigmoid().flatten(1).topk(100)
        row = torch.arange(len(p))[:, None]
        box = out["boxes"][row, idx // out["logits"].shape[-1]]
        return p, idx % out["logits"].shape[-1], box * sizes.repeat(1, 2)[:, None]


def palette(n):
    # for drawing
    return (torch.arange(n)[:, None] * torch.tensor([37, 91, 151]) % 255).tolist()
