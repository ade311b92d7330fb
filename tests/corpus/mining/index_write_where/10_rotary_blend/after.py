import math
import torch
from torch import nn


def base_frequencies(dim, theta=10000.0):
    return 1.0 / theta ** (torch.arange(0, dim, 2).float() / dim)


def long_context(inv_freq, factor, low, high, old):
    """Frequencies that turn slowly are stretched, the ones in between are blended."""
    wavelen = 2 * math.pi / inv_freq
    out = inv_freq.clone()
    slow = wavelen > old / low
    stretched = inv_freq / factor
    out = torch.where(slow, stretched, out)
    smooth = (old / wavelen - low) / (high - low)
    blend = (1 - smooth) * out / factor + smooth * out
    medium = ~(wavelen < old / high) & ~slow
    out = torch.where(medium, blend, out)
    return out


class Rotary(nn.Module):
    def __init__(self, dim, positions, **scaling):
        super().__init__()
        f = base_frequencies(dim)
        if scaling:
            f = long_context(f, **scaling)
        t = torch.arange(positions).float()
        angle = torch.outer(t, f)
        table = torch.zeros(positions, dim)
        table[:, 0::2] = angle.sin()
        table[:, 1::2] = angle.cos()
        self.register_buffer("table", table, persistent=False)

    def forward(self, x, position):
        sin, cos = self.table[position].unflatten(-1, (-1, 2)).unbind(-1)
        a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
        return torch.stack((a * cos - b * sin, a * sin + b * cos), dim=-1).flatten(-2)


class PackedPositions(nn.Module):
    def __init__(self, limit):
        super().__init__()
        self.limit = limit

    def forward(self, ids, pad):
        position = (ids != pad).long().cumsum(-1) - 1
        position = torch.where(ids == pad, 1, position)
        over = position >= self.limit
        position = torch.where(over, self.limit - 1, position)
        return position


class Cache:
    def __init__(self, layers, batch, heads, length, dim):
        shape = (layers, batch, heads, length, dim)
        self.k, self.v = torch.zeros(shape), torch.zeros(shape)

    def put(self, layer, position, k, v):
        self.k[layer, :, :, position] = k
        self.v[layer, :, :, position] = v
        return self.k[layer], self.v[layer]


def attention(q, k, v, seen):
    s = q @ k.mT / math.sqrt(q.shape[-1])
    hidden = ~seen.expand_as(s)
    s = torch.where(hidden, float("-inf"), s)
    return s.softmax(-1) @ v
