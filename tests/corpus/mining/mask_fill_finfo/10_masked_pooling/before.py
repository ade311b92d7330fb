import torch
import torch.nn.functional as F
from torch import nn


def masked_softmax(x, mask, dim=-1):
    mask = mask.bool()
    x = torch.where(mask, x, torch.full_like(x, -1e9))
    return F.softmax(x, dim=dim)


def masked_max(x, mask):
    return torch.max(x.masked_fill(~mask[..., None], -1e9), dim=1).values


def masked_log_softmax(x, mask):
    # adding keeps the gradient of the kept entries exact
    bias = (1 - mask.to(x.dtype)) * -1e9
    return F.log_softmax(x + bias, dim=-1)


class AttentivePooling(nn.Module):
    def __init__(self, width, bottleneck=64):
        super().__init__()
        self.net = nn.Sequential(nn.Conv1d(3 * width, bottleneck, 1), nn.Tanh(), nn.Conv1d(bottleneck, width, 1))

    def forward(self, x, mask):
        m = mask[:, None].to(x.dtype)
        n = m.sum(-1, keepdim=True)
        mean = (x * m).sum(-1, keepdim=True) / n
        std = (((x - mean) ** 2 * m).sum(-1, keepdim=True) / n).clamp(min=1e-9).sqrt()
        e = self.net(torch.cat([x, mean.expand_as(x), std.expand_as(x)], dim=1))
        e = e.masked_fill(mask[:, None] == 0, -1e9)
        a = e.softmax(-1)
        mu = (a * x).sum(-1)
        var = (a * x * x).sum(-1) - mu * mu
        return torch.cat([mu, var.clamp(min=1e-9).sqrt()], dim=1)


class HierarchicalPooling(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.word = nn.Linear(width, 1)
        self.sentence = nn.Linear(width, 1)

    def forward(self, tokens, mask):
        w = masked_softmax(self.word(tokens)[..., 0], mask)
        sentences = (w[..., None] * tokens).sum(2)
        s = self.sentence(sentences)[..., 0]
        empty = ~mask.any(-1)
        s = s.masked_fill(empty, -1e9)
        return (s.softmax(-1)[..., None] * sentences).sum(1)


def hard_negatives(sim, label, margin=0.2):
    same = label[:, None] == label[None]
    sim = sim.masked_fill(same, 0.0)
    return (sim.amax(1) + margin).clamp(min=0)


def to_db(power, floor=1e-9):
    return 10 * torch.log10(power.clamp(min=floor))
