from torch import nn
import torch

__all__ = ["LayerScale", "StochasticDepth", "Encoder"]


class LayerScale(nn.Module):
    def __init__(self, dim, init=1e-5):
        super().__init__()
        self.gamma = nn.Parameter(init * torch.ones(dim))

    def forward(self, x):
        x.mul_(self.gamma)
        return x


class StochasticDepth(nn.Module):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training or self.rate == 0.0:
            return x
        keep = 1 - self.rate
        shape = (x.shape[0],) + (1,) * (x.ndim - 1)
        noise = torch.empty(shape, dtype=x.dtype, device=x.device)
        noise.bernoulli_(keep)
        if keep > 0:
            noise.div_(keep)
        return x * noise


class EncoderLayer(nn.Module):
    def __init__(self, dim, heads, rate):
        super().__init__()
        self.n1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.n2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.s1, self.s2 = LayerScale(dim), LayerScale(dim)
        self.path = StochasticDepth(rate)

    def forward(self, x):
        h = self.n1(x)
        h, _ = self.attn(h, h, h, need_weights=False)
        x = x + self.path(self.s1(h))
        return x + self.path(self.s2(self.mlp(self.n2(x))))


class Encoder(nn.Module):
    def __init__(self, depth=6, dim=96, heads=4, patch=8, size=64, rate=0.1):
        super().__init__()
        self.patch = nn.Conv2d(3, dim, patch, patch)
        self.pos = nn.Parameter(torch.zeros(1, (size // patch) ** 2 + 1, dim))
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        nn.init.trunc_normal_(self.pos, std=0.02)
        nn.init.normal_(self.cls, std=1e-6)
        self.layers = nn.ModuleList(EncoderLayer(dim, heads, rate * i / max(depth - 1, 1)) for i in range(depth))

    def forward(self, image):
        x = self.patch(image).flatten(2).transpose(1, 2)
        x = torch.cat((self.cls.expand(x.shape[0], -1, -1), x), dim=1)
        x.add_(self.pos)
        for layer in self.layers:
            x = layer(x)
        return x[:, 0]
