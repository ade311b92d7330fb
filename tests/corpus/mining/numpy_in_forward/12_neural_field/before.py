"""Neural fields with a proposal network."""
import numpy as np
import torch
from torch import nn

PRIMES = np.array([1, 2654435761, 805459861], dtype=np.uint64)


def orbit(n, radius, height):
    """Camera path for videos, host side."""
    out = []
    for a in np.linspace(0, 2 * np.pi, n, endpoint=False):
        eye = np.array([radius * np.cos(a), radius * np.sin(a), height])
        z = eye / np.linalg.norm(eye)
        x = np.cross([0, 0, 1], z)
        x = x / np.linalg.norm(x)
        out.append(np.stack([x, np.cross(z, x), z, eye], axis=1))
    return np.stack(out)


class Frequency(nn.Module):
    def __init__(self, bands):
        super().__init__()
        self.register_buffer("f", 2.0 ** torch.arange(bands))

    def forward(self, x):
        a = (x[..., None] * self.f * np.pi).flatten(-2)
        return np.concatenate([x, np.sin(a), np.cos(a)], axis=-1)


class Contract(nn.Module):
    def forward(self, x):
        n = np.linalg.norm(x, axis=-1, keepdims=True)
        return np.where(n <= 1, x, (2 - 1 / n) * (x / n))


class Field(nn.Module):
    def __init__(self, bands=8, width=64):
        super().__init__()
        self.enc, self.contract = Frequency(bands), Contract()
        self.net = nn.Sequential(nn.Linear(3 + 6 * bands, width), nn.ReLU(), nn.Linear(width, 4))

    def forward(self, x):
        out = self.net(self.enc(self.contract(x)))
        density = np.log(1 + np.exp(out[..., 0] - 1))
        return density, out[..., 1:].sigmoid()


class Render(nn.Module):
    def __init__(self, field, near=0.1, far=6.0, n=64):
        super().__init__()
        self.field, self.near, self.far, self.n = field, near, far, n

    def forward(self, origin, direction):
        t = np.linspace(self.near, self.far, self.n)
        x = origin[:, None] + direction[:, None] * t[:, None]
        density, color = self.field(x)
        delta = (self.far - self.near) / self.n
        alpha = 1 - np.exp(-density * delta)
        trans = np.cumprod(1 - alpha + 1e-10, axis=-1)
        trans = torch.cat([torch.ones_like(trans[:, :1]), trans[:, :-1]], -1)
        w = alpha * trans
        return np.sum(w[..., None] * color, axis=-2), w


def psnr(a, b):
    return -10 * np.log10(((np.asarray(a) - np.asarray(b)) ** 2).mean())
