from copy import deepcopy

import torch as torch
import torch.nn as nn

from stochastic import DropPath, calculate_drop_path_rates


class TalkingHeads(nn.Module):
    def __init__(self, dim, h):
        super().__init__()
        self.h = h
        self.qkv = nn.Linear(dim, 3 * dim)
        self.pre, self.post = nn.Linear(h, h), nn.Linear(h, h)
        self.out = nn.Linear(dim, dim)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(-1, (3, self.h, -1)).permute(2, 0, 3, 1, 4)
        a = q @ k.mT / q.shape[-1] ** 0.5
        a = self.pre(a.movedim(1, -1)).movedim(-1, 1).softmax(-1)
        a = self.post(a.movedim(1, -1)).movedim(-1, 1)
        return self.out((a @ v).transpose(1, 2).flatten(2))


class ClassAttention(nn.Module):
    def __init__(self, dim, h):
        super().__init__()
        self.attn = nn.MultiheadAttention(dim, h, batch_first=True)

    def forward(self, u):
        return self.attn(u[:, :1], u, u, need_weights=False)[0]


class Residual(nn.Module):
    def __init__(self, dim, fn, path, scale):
        super().__init__()
        self.norm, self.fn, self.path = nn.LayerNorm(dim), fn, DropPath(path)
        self.gamma = nn.Parameter(torch.full((dim,), scale))

    def forward(self, x):
        y = self.gamma * self.fn(self.norm(x))
        return x[:, : y.shape[1]] + self.path(y)


class CaiT(nn.Module):
    def __init__(self, dim=192, h=4, depth=24, depth_cls=2, max_path=0.2, scale=1e-5):
        super().__init__()
        self.patch = nn.Conv2d(3, dim, 16, 16)
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))

        def mlp():
            return nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

        paths = calculate_drop_path_rates(max_path, depth)
        self.body = nn.Sequential(*[
            nn.Sequential(Residual(dim, TalkingHeads(dim, h), p, scale), Residual(dim, mlp(), p, scale)) for p in paths
        ])
        self.tail = nn.ModuleList(Residual(dim, ClassAttention(dim, h), 0.0, scale) for _ in range(depth_cls))

    def forward(self, image):
        x = self.body(self.patch(image).flatten(2).transpose(1, 2))
        c = self.cls.expand(len(x), -1, -1)
        for layer in self.tail:
            c = layer(torch.cat((c, x), dim=1))
        return c[:, 0]


def ema(model, decay):
    return deepcopy(model), decay


def confusion(pred, truth, n):
    m = torch.bincount(truth * n + pred, minlength=n * n).view(n, n)
    return [row.tolist() for row in m], [p.item() for p in m.diagonal()]
