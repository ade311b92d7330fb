import torch
import torch.nn as nn
import torch.nn.functional as F


def timestep_embedding(timesteps, dim, max_period=10000):
    half = dim // 2
    freqs = torch.exp(-torch.log(torch.tensor(float(max_period))) * torch.arange(half, device=timesteps.device) / half)
    args = timesteps[:, None].float() * freqs[None]
    return torch.cat([args.cos(), args.sin()], dim=-1)


class Film(nn.Module):
    def __init__(self, width, cond):
        super().__init__()
        self.proj = nn.Linear(cond, 2 * width)

    def forward(self, x, c):
        scale, shift = self.proj(c)[..., None, None].chunk(2, dim=1)
        return x * (1 + scale) + shift


class Net(nn.Module):
    def __init__(self, width=64, cond=128):
        super().__init__()
        self.cond = cond
        self.inp, self.out = nn.Conv2d(3, width, 3, 1, 1), nn.Conv2d(width, 3, 3, 1, 1)
        self.film = nn.ModuleList([Film(width, cond) for _ in range(4)])
        self.convs = nn.ModuleList([nn.Conv2d(width, width, 3, 1, 1) for _ in range(4)])
        self.null = nn.Parameter(torch.zeros(cond))

    def forward(self, x, t, label=None, drop=0.1):
        c = timestep_embedding(t, self.cond)
        if label is not None:
            keep = (torch.rand(len(label), device=label.device) > drop)[:, None]
            c = c + torch.where(keep, label, self.null)
        h = self.inp(x)
        for f, conv in zip(self.film, self.convs):
            h = h + conv(F.silu(f(h, c)))
        return self.out(h)


class Flow:
    """Rectified flow: straight lines between noise and data."""

    def __init__(self, net, shift=3.0):
        self.net, self.shift = net, shift

    def loss(self, x):
        t = torch.rand(x.shape[0], device=x.device)
        t = self.shift * t / (1 + (self.shift - 1) * t)
        noise = torch.randn_like(x)
        z = (1 - t)[:, None, None, None] * x + t[:, None, None, None] * noise
        return F.mse_loss(self.net(z, t * 1000), noise - x)

    @torch.no_grad()
    def sample(self, noise, steps=20):
        ts = torch.linspace(1, 0, steps + 1, device=noise.device)
        x = noise
        for a, b in zip(ts[:-1], ts[1:]):
            t = a.expand(len(x))
            x = x + (b - a) * self.net(x, t * 1000)
        return x


def plot_points(n):
    t = torch.linspace(0, 1, n)
    return list(zip(t.tolist(), (t * 3 / (1 + 2 * t)).tolist()))
