"""Table of activations by name, plus the ones that torch lacks."""
import math

import torch
import torch.nn.functional as F
from torch import nn


def gelu_new(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def squared_relu(x):
    return F.relu(x) ** 2


def mish(x):
    return x * torch.tanh(F.softplus(x))


def swiglu(x, dim=-1):
    a, b = x.chunk(2, dim=dim)
    return F.silu(a) * b


def geglu(x, dim=-1):
    a, b = x.chunk(2, dim=dim)
    return F.gelu(a) * b


def hard_swish(x, inplace=False):
    return x.mul_(F.relu6(x + 3) / 6) if inplace else x * F.relu6(x + 3) / 6


def linear(x):
    return x


ACT2FN = {
    "relu": F.relu,
    "gelu": F.gelu,
    "silu": F.silu,
    "swish": F.silu,
    "elu": F.elu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softmax": lambda x: F.softmax(x, dim=-1),
    "gelu_new": gelu_new,
    "squared_relu": squared_relu,
    "mish": mish,
    "hard_swish": hard_swish,
    "linear": linear,
    "F": None,
}

GATED = {"swiglu": swiglu, "geglu": geglu}


def get(name):
    if callable(name):
        return name
    if name in GATED:
        return GATED[name]
    if name not in ACT2FN:
        raise KeyError(f"unknown activation {name!r}, known: {', '.join(sorted(ACT2FN))}")
    return ACT2FN[name]


class Activation(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.name = name
        self.fn = get(name)

    def extra_repr(self):
        return self.name

    def forward(self, x):
        return self.fn(x)
