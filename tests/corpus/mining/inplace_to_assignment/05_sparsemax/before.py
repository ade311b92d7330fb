import torch
from torch import nn


def sparsemax(z, dim=-1):
    z = z - z.amax(dim=dim, keepdim=True)
    top, _ = torch.sort(z, dim=dim, descending=True)
    steps = torch.arange(1, z.size(dim) + 1, device=z.device, dtype=z.dtype)
    shape = [1] * z.dim()
    shape[dim] = -1
    steps = steps.view(shape)
    cum = top.cumsum(dim) - 1
    k = (steps * top > cum).sum(dim=dim, keepdim=True)
    tau = cum.gather(dim, k - 1) / k.to(z.dtype)
    out = z - tau
    out.clamp_(min=0)
    return out


def entmax_bisect(z, alpha=1.5, iters=24):
    am1 = alpha - 1
    z.mul_(am1)
    hi = z.amax(-1, keepdim=True)
    lo = hi - 1
    step = (hi - lo) / 2
    for _ in range(iters):
        mid = lo + step
        p = z - mid
        p.clamp_(min=0).pow_(1 / am1)
        lo = torch.where(p.sum(-1, keepdim=True) >= 1, mid, lo)
        step = step / 2
    return p / p.sum(-1, keepdim=True)


class SparseAttention(nn.Module):
    def __init__(self, dim, heads, kind='sparsemax'):
        super().__init__()
        self.h = heads
        self.scale = (dim // heads) ** -0.5
        self.to_q = nn.Linear(dim, dim, bias=False)
        self.to_kv = nn.Linear(dim, 2 * dim, bias=False)
        self.out = nn.Linear(dim, dim)
        self.normalise = {'sparsemax': sparsemax, 'entmax': entmax_bisect}[kind]
        self.reset_()

    def reset_(self):
        for lin in (self.to_q, self.to_kv, self.out):
            nn.init.xavier_uniform_(lin.weight)

    def split(self, t):
        return t.unflatten(-1, (self.h, -1)).transpose(1, 2)

    def forward(self, x, context, mask=None):
        q = self.split(self.to_q(x))
        k, v = map(self.split, self.to_kv(context).chunk(2, dim=-1))
        sim = q @ k.transpose(-1, -2)
        sim.mul_(self.scale)
        if mask is not None:
            sim.masked_fill_(~mask[:, None, None, :], -1e4)
        return self.out((self.normalise(sim) @ v).transpose(1, 2).flatten(2))


def gini(weights):
    w, _ = weights.flatten().sort()
    n = w.numel()
    rank = torch.arange(1, n + 1, device=w.device)
    return ((2 * rank - n - 1) * w).sum() / (n * w.sum())
