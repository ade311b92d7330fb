import math
import torch
import torch.nn as nn
from .layers import DropPath, calculate_drop_path_rates, trunc_normal_


class XCA(nn.Module):
    """Attention over channels: cost linear in the number of tokens."""

    def __init__(self, dim, heads=8):
        super().__init__()
        self.heads = heads
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x):
        B, N, C = x.shape
        q, k, v = self.qkv(x).view(B, N, 3, self.heads, -1).permute(2, 0, 3, 4, 1)
        q = nn.functional.normalize(q, dim=-1)
        k = nn.functional.normalize(k, dim=-1)
        a = ((q @ k.transpose(-2, -1)) * self.temperature).softmax(-1)
        return self.proj((a @ v).permute(0, 3, 1, 2).reshape(B, N, C))


class LPI(nn.Module):
    def __init__(self, dim, k=3):
        super().__init__()
        self.c1 = nn.Conv2d(dim, dim, k, padding=k // 2, groups=dim)
        self.c2 = nn.Conv2d(dim, dim, k, padding=k // 2, groups=dim)
        self.bn = nn.BatchNorm2d(dim)

    def forward(self, x, h, w):
        y = x.transpose(1, 2).unflatten(2, (h, w))
        return self.c2(self.bn(nn.functional.gelu(self.c1(y)))).flatten(2).transpose(1, 2)


class XCABlock(nn.Module):
    def __init__(self, dim, heads, drop_path, eta=1.0):
        super().__init__()
        self.n1, self.n2, self.n3 = (nn.LayerNorm(dim) for _ in range(3))
        self.attn, self.lpi = XCA(dim, heads), LPI(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.g1, self.g2, self.g3 = (nn.Parameter(eta * torch.ones(dim)) for _ in range(3))
        self.dp = DropPath(drop_path)

    def forward(self, x, h, w):
        x = x + self.dp(self.g1 * self.attn(self.n1(x)))
        x = x + self.dp(self.g3 * self.lpi(self.n3(x), h, w))
        return x + self.dp(self.g2 * self.mlp(self.n2(x)))


class XCiT(nn.Module):
    def __init__(self, dim=192, depth=12, heads=4, drop_path_rate=0., uniform=True):
        super().__init__()
        self.stem = nn.Conv2d(3, dim, 16, 16)
        if uniform:
            dpr = [drop_path_rate for _ in range(depth)]
        else:
            dpr = calculate_drop_path_rates(drop_path_rate, depth)
        self.blocks = nn.ModuleList([XCABlock(dim, heads, dpr[i]) for i in range(depth)])
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        trunc_normal_(self.cls, std=.02)

    def forward(self, x):
        x = self.stem(x)
        h, w = x.shape[2:]
        x = x.flatten(2).transpose(1, 2)
        for b in self.blocks:
            x = b(x, h, w)
        return x.mean(1)


def cosine_rates(peak, n):
    return [peak * (1 - math.cos(math.pi * x.item())) / 2 for x in torch.linspace(0, 1, n)]
