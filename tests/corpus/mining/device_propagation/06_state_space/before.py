import torch
from torch import nn, einsum


class S4D(nn.Module):
    def __init__(self, width, n=64, lo=1e-3, hi=1e-1):
        super().__init__()
        dt = torch.rand(width) * (torch.tensor(hi).log() - torch.tensor(lo).log()) + torch.tensor(lo).log()
        self.log_dt = nn.Parameter(dt)
        self.a_re = nn.Parameter(torch.full((width, n // 2), -0.69))
        self.a_im = nn.Parameter(torch.arange(n // 2).repeat(width, 1) * torch.pi)
        self.c = nn.Parameter(torch.randn(width, n // 2, 2))
        self.d = nn.Parameter(torch.randn(width))

    def kernel(self, u):
        dt = self.log_dt.exp()
        a = torch.complex(-self.a_re.exp(), self.a_im)
        dta = a * dt[:, None]
        t = torch.arange(u.shape[-1])
        k = dta[..., None] * t
        c = torch.view_as_complex(self.c) * (torch.exp(dta) - 1) / a
        return 2 * einsum("hn,hnl->hl", c, torch.exp(k)).real

    def forward(self, u):
        n = u.shape[-1]
        k = torch.fft.rfft(self.kernel(u), n=2 * n)
        y = torch.fft.irfft(torch.fft.rfft(u, n=2 * n) * k)[..., :n]
        return y + u * self.d[:, None]


class Retention(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.o = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.register_buffer("gamma", 1 - 2.0 ** (-5 - torch.arange(heads)))

    def decay(self, x):
        index = torch.arange(x.size(1))
        gap = index[:, None] - index[None]
        return torch.where(gap >= 0, self.gamma[:, None, None] ** gap.clamp(min=0), 0.0)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        y = (q @ k.mT * self.decay(x)) @ v
        return self.o(y.transpose(1, 2).flatten(2))


class Mixer(nn.Module):
    def __init__(self, width, depth=4, heads=4):
        super().__init__()
        self.layers = nn.ModuleList(S4D(width) if i % 2 else Retention(width, heads) for i in range(depth))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(depth))

    def forward(self, x, lengths=None):
        for norm, layer in zip(self.norms, self.layers):
            y = norm(x)
            x = x + (layer(y.mT).mT if isinstance(layer, S4D) else layer(y))
        if lengths is not None:
            valid = torch.arange(x.shape[1]) < lengths[:, None]
            x = x * valid[..., None]
        return x


def hippo(n):
    q = torch.arange(n).double()
    r = (2 * q[:, None] + 1).sqrt() * (2 * q[None] + 1).sqrt()
    return -(r.tril(-1) + torch.diag(q + 1))
