import torch
from torch import nn
from torch.nn import functional as nnf


class TimeEmbedding(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.a = nn.Linear(dim, hidden)
        self.b = nn.Linear(hidden, hidden)
        half = dim // 2
        self.register_buffer("freq", torch.exp(-torch.arange(half) / half * 9.21), persistent=False)

    def forward(self, t):
        arg = t[:, None].float() * self.freq
        h = torch.cat([arg.cos(), arg.sin()], dim=-1)
        return self.b(nn.functional.silu(self.a(h)))


class ResBlock(nn.Module):
    def __init__(self, cin, cout, tdim, groups=8):
        super().__init__()
        self.n1, self.n2 = nn.GroupNorm(groups, cin), nn.GroupNorm(groups, cout)
        self.c1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.c2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.t = nn.Linear(tdim, cout)
        self.s = nn.Identity() if cin == cout else nn.Conv2d(cin, cout, 1)

    def forward(self, x, temb):
        h = self.c1(nn.functional.silu(self.n1(x)))
        h = h + self.t(nn.functional.silu(temb))[:, :, None, None]
        h = self.c2(nn.functional.silu(self.n2(h)))
        return self.s(x) + h


class Down(nn.Module):
    def __init__(self, ch, learned=True):
        super().__init__()
        self.op = nn.Conv2d(ch, ch, 3, stride=2) if learned else None

    def forward(self, x):
        if self.op is None:
            return nn.functional.avg_pool2d(x, kernel_size=2, stride=2)
        # asymmetric: the stride-2 convolution has no padding of its own
        x = nn.functional.pad(x, pad=(0, 1, 0, 1), mode="constant", value=0)
        return self.op(x)


class Up(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.conv = nn.Conv2d(ch, ch, 3, padding=1)

    def forward(self, x, size=None):
        if size is None:
            x = nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
        else:
            x = nnf.interpolate(x, size=size, mode="nearest")
        return self.conv(x)


class Guidance:
    """Null-text guidance as a callable; `F` in the paper is the field, here a method."""

    def __init__(self, net, scale):
        self.net, self.scale = net, scale

    def F(self, x, t, cond, null):
        c, u = self.net(torch.cat([x, x]), torch.cat([t, t]), torch.cat([cond, null])).chunk(2)
        return u + self.scale * (c - u)

    def __call__(self, x, t, cond, null):
        return self.F(x, t, cond, null)
