import math
import torch
from torch import nn

NEG = -1e4


class BoundaryDetector(nn.Module):
    def __init__(self, width, threshold=0.5):
        super().__init__()
        self.score = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))
        self.threshold = threshold

    def forward(self, h, mask):
        p = torch.sigmoid(self.score(h)).squeeze(-1)
        return p, (p > self.threshold) & mask


class SegmentPooling(nn.Module):
    """Mean of the states between boundaries (dynamic chunks, fixed upper bound)."""

    def __init__(self, width, most):
        super().__init__()
        self.detector = BoundaryDetector(width)
        self.most = most

    def forward(self, h, mask):
        p, boundary = self.detector(h, mask)
        segment = torch.cumsum(boundary.to(torch.int64), dim=-1).clamp(max=self.most - 1)
        hot = nn.functional.one_hot(segment, self.most).to(h.dtype) * mask[..., None]
        total = hot.transpose(1, 2) @ h
        count = hot.sum(1)[..., None]
        valid = torch.arange(self.most, device=h.device) <= segment.amax(-1, keepdim=True)
        # straight-through, so that the detector learns
        soft = torch.cumsum(p, dim=-1)
        return total / count.clamp(min=1), valid, soft - soft.detach()


class Hierarchical(nn.Module):
    def __init__(self, vocab, width=128, most=32):
        super().__init__()
        self.embed = nn.Embedding(vocab, width)
        self.low = nn.GRU(width, width, batch_first=True)
        self.pool = SegmentPooling(width, most)
        self.high = nn.GRU(width, width, batch_first=True)
        self.out = nn.Linear(2 * width, vocab)

    def forward(self, ids, mask):
        h, _ = self.low(self.embed(ids))
        chunks, valid, st = self.pool(h, mask)
        g, _ = self.high(chunks)
        alive = valid & valid.roll(1, dims=-1)
        age = (torch.cumsum(alive.to(torch.int64), -1)
               - 1)     # number of live chunks to the left
        g = g * torch.exp(-age.clamp(min=0) / math.sqrt(g.shape[-1]))[..., None]
        ctx = g.mean(1, keepdim=True).expand_as(h)
        return self.out(torch.cat([h, ctx], -1)) + st[..., None]


def expected_segments(p):
    return torch.cumsum(p, dim=-1)[:, -1]


def poisson_penalty(p, rate):
    lam = expected_segments(p)
    return (lam - rate * p.shape[1]).pow(2).mean()
