from functools import reduce
from operator import mul

import torch
import torch.nn as nn


class TubeEmbed(nn.Module):
    def __init__(self, width, tube=(2, 16, 16)):
        super().__init__()
        self.tube = tube
        self.proj = nn.Linear(3 * reduce(mul, tube), width)

    def forward(self, clip):
        b, c, t, h, w = clip.shape
        tt, th, tw = self.tube
        clip = clip.view(b, c, t // tt, tt, h // th, th, w // tw, tw)
        clip = clip.permute(0, 2, 4, 6, 3, 5, 7, 1)
        clip = clip.contiguous()
        clip = clip.view(b, -1, 3 * tt * th * tw)
        return self.proj(clip)


class DividedAttention(nn.Module):
    """Time first, then space."""

    def __init__(self, width, heads, frames):
        super().__init__()
        self.frames = frames
        self.time = nn.MultiheadAttention(width, heads, batch_first=True)
        self.space = nn.MultiheadAttention(width, heads, batch_first=True)
        self.n1, self.n2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x):
        b, n, d = x.shape
        f, s = self.frames, n // self.frames
        y = self.n1(x).view(b, f, s, d)
        y = y.transpose(1, 2)
        y = y.contiguous()
        y = y.view(b * s, f, d)
        y = self.time(y, y, y, need_weights=False)[0]
        y = y.view(b, s, f, d).transpose(1, 2)
        y = y.contiguous()
        # back to frames first
        y = y.view(b, n, d)
        x = x + y
        z = self.n2(x).view(b * f, s, d)
        z = self.space(z, z, z, need_weights=False)[0]
        return x + z.view(b, n, d)


class VideoModel(nn.Module):
    def __init__(self, width=192, heads=3, frames=4, depth=4, classes=400):
        super().__init__()
        self.embed = TubeEmbed(width)
        self.blocks = nn.ModuleList(DividedAttention(width, heads, frames) for _ in range(depth))
        self.head = nn.Linear(width, classes)

    def forward(self, clip):
        x = self.embed(clip)
        for b in self.blocks:
            x = b(x)
        return self.head(x.mean(1))


class Unpatch(nn.Module):
    def __init__(self, width, patch, out=3):
        super().__init__()
        self.patch, self.out = patch, out
        self.proj = nn.Linear(width, patch * patch * out)

    def forward(self, x, h, w):
        p = self.patch
        x = self.proj(x).view(-1, h, w, p, p, self.out)
        x = torch.einsum("nhwpqc->nchpwq", x)
        return x.reshape(-1, self.out, h * p, w * p)


def tubes_to_frames(x, frames):
    x = x.unflatten(1, (frames, -1))
    x = x.transpose(0, 1)
    return [f.mean(1) for f in x]


def sample(clip, step):
    clip = clip.permute(2, 0, 1, 3, 4)
    return clip[::step]
