import warnings
from logging import getLogger
from typing import Optional
import torch
from torch import nn

_log = getLogger("models.attention")


class Attention(nn.Module):
    def __init__(self, d: int, heads: int, head_dim: Optional[int] = None, **kwargs):
        super().__init__()
        if "num_heads" in kwargs:
            warnings.warn("`num_heads` is now `heads`", FutureWarning)
            heads = kwargs.pop("num_heads")
        if kwargs:
            _log.warn("ignored: %s", ", ".join(sorted(kwargs)))
        self.heads, self.e = heads, head_dim or d // heads
        self.qkv, self.o = nn.Linear(d, 3 * heads * self.e), nn.Linear(heads * self.e, d)

    def forward(self, x, mask=None, output_attentions=False):
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, self.e)).permute(2, 0, 3, 1, 4)
        if output_attentions:
            _log.warn_once("weights are computed the slow way")
            w = (q @ k.mT * self.e**-0.5).softmax(-1)
            return self.o((w @ v).transpose(1, 2).flatten(2)), w
        y = nn.functional.scaled_dot_product_attention(q, k, v, mask)
        return self.o(y.transpose(1, 2).flatten(2)), None


class Cache:
    def __init__(self, limit: int):
        self.limit, self.k, self.v = limit, None, None

    def update(self, k, v):
        if self.k is not None:
            k, v = torch.cat([self.k, k], 2), torch.cat([self.v, v], 2)
        if k.shape[2] > self.limit:
            _log.warn("cache of %d is longer than %d, cut", k.shape[2], self.limit)
            k, v = k[:, :, -self.limit :], v[:, :, -self.limit :]
        self.k, self.v = k, v
        return k, v


def legacy(fn):
    def inner(*args, **kwargs):
        warnings.warn(f"{fn.__name__} goes away", DeprecationWarning, stacklevel=2)
        return fn(*args, **kwargs)

    return inner


@legacy
def softmax(x):
    return x.softmax(-1)


def quiet():
    warnings.simplefilter("ignore")
    _log.setLevel("ERROR")


def finite(x: torch.Tensor) -> torch.Tensor:
    bad = ~torch.isfinite(x)
    if bad.any():
        _log.error("%d values are not finite", int(bad.sum()))
    return x.masked_fill(bad, 0)
