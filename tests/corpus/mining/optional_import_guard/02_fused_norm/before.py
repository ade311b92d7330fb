"""Layers that have a fused kernel on some machines."""
import math

import torch
import torch.nn.functional as F
from apex.normalization import FusedRMSNorm
from torch import nn, Tensor


class RMSNorm(nn.Module):
    def __init__(self, d: int, eps: float = 1e-6):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(d)), eps

    @torch.jit.script_method
    def _norm(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps)

    def forward(self, x: Tensor) -> Tensor:
        return self._norm(x.float()).type_as(x) * self.weight


def make_norm(d: int) -> nn.Module:
    return RMSNorm(d) if FusedRMSNorm is None else FusedRMSNorm(d)


@torch.jit.script
def bias_gelu(x: Tensor, bias: Tensor) -> Tensor:
    return F.gelu(x + bias, approximate="tanh")


@torch.jit.script
def bias_dropout_add(x: Tensor, bias: Tensor, residual: Tensor, p: float, training: bool) -> Tensor:
    return residual + F.dropout(x + bias, p=p, training=training)


class MLP(nn.Module):
    def __init__(self, d: int, p: float = 0.1):
        super().__init__()
        self.norm = make_norm(d)
        self.w1, self.w2 = nn.Parameter(torch.empty(4 * d, d)), nn.Parameter(torch.empty(d, 4 * d))
        self.b1, self.b2 = nn.Parameter(torch.zeros(4 * d)), nn.Parameter(torch.zeros(d))
        self.p = p
        self.reset()

    @torch.no_grad()
    def reset(self) -> None:
        for w in (self.w1, self.w2):
            nn.init.normal_(w, std=1 / math.sqrt(w.shape[1]))

    @torch.jit.ignore
    def no_weight_decay(self):
        return {"b1", "b2"}

    def forward(self, x: Tensor) -> Tensor:
        h = bias_gelu(F.linear(self.norm(x), self.w1), self.b1)
        return bias_dropout_add(F.linear(h, self.w2), self.b2, x, self.p, self.training)


class Stack(nn.Sequential):
    def __init__(self, d: int, n: int):
        super().__init__(*[MLP(d) for _ in range(n)])
