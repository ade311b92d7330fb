# -*- coding: utf-8 -*-
import torch
from torch import nn
from torch.nn import functional as F


class Pooler(nn.Module):
    def __init__(self, mode="mean"):
        super(Pooler, self).__init__()
        if mode not in ("mean", "max", "first"):
            raise ValueError(mode)
        self.mode = mode

    def forward(self, states, attention_mask):
        if self.mode == "first":
            return states[:, 0]
        m = attention_mask.unsqueeze(-1).to(states.dtype)
        if self.mode == "max":
            filled = states + (1 - m) * -1e4
            return filled.amax(dim=1)
        states = states * m
        length = m.sum(dim=1)
        length.clamp_(1e-9)
        return states.sum(dim=1) / length


class RegressionHead(nn.Module):
    def __init__(self, width, low, high):
        super(RegressionHead, self).__init__()
        self.dense = nn.Linear(width, width)
        self.out = nn.Linear(width, 1)
        self.low, self.high = low, high

    def forward(self, pooled, target=None):
        h = torch.tanh(self.dense(pooled))
        value = self.out(h).squeeze(-1)
        if target is None:
            value.clamp_(self.low, self.high)
            return value
        if target.dim() > 1: target = target.squeeze(-1)
        # labels of annotators go past the scale now and then
        target.clamp_(self.low, self.high)
        return F.smooth_l1_loss(value, target), value


class Scorer(nn.Module):
    def __init__(self, backbone, width, low=0., high=5.):
        super(Scorer, self).__init__()
        self.backbone = backbone
        self.pool = Pooler()
        self.head = RegressionHead(width, low, high)

    def freeze(self, n):
        for layer in self.backbone.layers[:n]:
            layer.requires_grad_(False)
        return self

    def forward(self, input_ids, attention_mask, labels=None):
        states = self.backbone(input_ids, attention_mask)
        return self.head(self.pool(states, attention_mask), labels)


def pearson(a, b):
    a = a - a.mean()
    b = b - b.mean()
    return (a * b).sum() / (a.norm() * b.norm()).clamp(min=1e-8)


def build_optimizer(model, lr):
    params = [p for p in model.parameters() if p.requires_grad]
    for p in params:
        p.data.clamp_(-1, 1)
    return torch.optim.AdamW(params, lr=lr)
