from functools import lru_cache

import torch
from torch import nn


@lru_cache(maxsize=16)
def region_map(h, w, window, shift):
    img = torch.zeros(1, h, w, 1)
    n = 0
    for hs in (slice(0, -window), slice(-window, -shift), slice(-shift, None)):
        for ws in (slice(0, -window), slice(-window, -shift), slice(-shift, None)):
            img[:, hs, ws, :] = n
            n += 1
    return img


def partition(x, window):
    b, h, w, c = x.shape
    x = x.view(b, h // window, window, w // window, window, c)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, window * window, c)


def shifted_mask(h, w, window, shift):
    ids = partition(region_map(h, w, window, shift), window).squeeze(-1)
    diff = ids[:, None, :] - ids[:, :, None]
    mask = torch.zeros_like(diff)
    mask[diff != 0] = -100.0
    return mask


class RelativeTable(nn.Module):
    def __init__(self, window, heads):
        super().__init__()
        self.window = window
        self.table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        c = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
        rel = (c[:, :, None] - c[:, None, :]).permute(1, 2, 0)
        rel[:, :, 0] += window - 1
        rel[:, :, 1] += window - 1
        rel[:, :, 0] *= 2 * window - 1
        self.register_buffer("index", rel.sum(-1), persistent=False)

    def forward(self, padded=None):
        bias = self.table[self.index.view(-1)].view(self.window**2, self.window**2, -1).permute(2, 0, 1)
        if padded is not None:
            hide = padded[None, None, :].expand_as(bias)
            bias[hide] = -100.0
        return bias


class WindowAttention(nn.Module):
    def __init__(self, dim, window, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.relative = RelativeTable(window, heads)

    def forward(self, x, mask=None, keep=None):
        b, n, c = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        a = q @ k.mT * (c // self.heads) ** -0.5 + self.relative()
        if mask is not None:
            a = (a.view(-1, mask.shape[0], self.heads, n, n) + mask[None, :, None]).view(-1, self.heads, n, n)
        a = a.softmax(-1)
        if keep is not None:
            drop = ~keep
            a[drop] = 0.0
        return self.proj((a @ v).transpose(1, 2).reshape(b, n, c))
