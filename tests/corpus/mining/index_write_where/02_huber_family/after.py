"""Robust losses with the piecewise cases written out."""
import torch
from torch import Tensor


def huber(pred: Tensor, target: Tensor, delta: float = 1.0) -> Tensor:
    err = (pred - target).abs()
    loss = 0.5 * err**2
    big = err > delta
    linear = delta * (err - 0.5 * delta)
    loss = torch.where(big, linear, loss)
    return loss.mean()


def berhu(pred: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    err = (pred - target).abs()
    err = torch.where(~valid, 0, err)
    c = 0.2 * err.max()
    square = (err**2 + c**2) / (2 * c)
    err = torch.where(err > c, square, err)
    return err.sum() / valid.sum()


def quantile(pred: Tensor, target: Tensor, qs: list) -> Tensor:
    total = torch.zeros(len(qs))
    for i, q in enumerate(qs):
        e = target - pred[..., i]
        total[i] = torch.maximum(q * e, (q - 1) * e).mean()
    return total.sum()


def focal(logits: Tensor, target: Tensor, gamma: float = 2.0, alpha: float = 0.25) -> Tensor:
    p = logits.sigmoid()
    pt = 1 - p
    positive = target > 0.5
    pt = torch.where(positive, p, pt)
    weight = torch.full_like(p, 1 - alpha)
    weight = torch.where(positive, alpha, weight)
    return (-weight * (1 - pt) ** gamma * pt.clamp(min=1e-8).log()).mean()


def tukey(residual: Tensor, c: float = 4.685) -> Tensor:
    r = residual / c
    rho = 1 - (1 - r**2) ** 3
    # outliers cost a constant
    rho = torch.where(r.abs() > 1, 1.0, rho)
    return rho.mean() * c**2 / 6


class Meter:
    def __init__(self):
        self.values = {}
        self.history = torch.zeros(100)
        self.step = 0

    def update(self, **kwargs):
        for k, v in kwargs.items():
            self.values[k] = float(v)
        self.history[self.step % 100] = sum(self.values.values())
        self.step += 1

    def mean(self):
        return self.history[: min(self.step, 100)].mean()
