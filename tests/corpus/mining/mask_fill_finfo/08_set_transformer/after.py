import torch
import torch.nn as nn
from torch.nn.init import xavier_uniform_


class MAB(nn.Module):
    def __init__(self, dq, dk, dv, heads, ln=True):
        super(MAB, self).__init__()
        self.dv, self.heads = dv, heads
        self.fq, self.fk, self.fv = nn.Linear(dq, dv), nn.Linear(dk, dv), nn.Linear(dk, dv)
        self.fo = nn.Linear(dv, dv)
        self.ln0 = nn.LayerNorm(dv) if ln else nn.Identity()
        self.ln1 = nn.LayerNorm(dv) if ln else nn.Identity()
        for p in self.parameters():
            if p.dim() > 1: xavier_uniform_(p)

    def forward(self, Q, K, mask=None):
        Q, K, V = self.fq(Q), self.fk(K), self.fv(K)
        ds = self.dv // self.heads
        Q_, K_, V_ = (torch.cat(t.split(ds, 2), 0) for t in (Q, K, V))
        A = Q_.bmm(K_.transpose(1, 2)) / self.dv ** 0.5
        if mask is not None:
            A.masked_fill_(~mask.repeat(self.heads, 1)[:, None, :], torch.finfo(A.dtype).min)
        O = torch.cat((Q_ + A.softmax(2).bmm(V_)).split(Q.size(0), 0), 2)
        O = self.ln0(O)
        return self.ln1(O + torch.relu(self.fo(O)))


class PMA(nn.Module):
    def __init__(self, dim, heads, seeds):
        super(PMA, self).__init__()
        self.S = nn.Parameter(torch.randn(1, seeds, dim))
        self.mab = MAB(dim, dim, dim, heads)

    def forward(self, X, mask=None):
        return self.mab(self.S.repeat(X.size(0), 1, 1), X, mask)


class MaxPool(nn.Module):
    def forward(self, X, mask):
        X = X.masked_fill(~mask[..., None], torch.finfo(X.dtype).min)
        return X.max(dim=1).values


class MinPool(nn.Module):
    def forward(self, X, mask):
        X = X.masked_fill(~mask[..., None], float("inf"))
        return X.min(dim=1).values


class SumPool(nn.Module):
    def forward(self, X, mask):
        return X.masked_fill(~mask[..., None], 0.0).sum(dim=1)


class SetModel(nn.Module):
    def __init__(self, din, dim=64, heads=4, out=10, pool="pma"):
        super(SetModel, self).__init__()
        self.enc = nn.ModuleList([MAB(din, din, dim, heads), MAB(dim, dim, dim, heads)])
        self.pool = {"pma": lambda: PMA(dim, heads, 1), "max": MaxPool, "min": MinPool, "sum": SumPool}[pool]()
        self.out = nn.Linear(dim, out)

    def forward(self, X, mask):
        for m in self.enc:
            X = m(X, X, mask)
        return self.out(self.pool(X, mask).flatten(1))


def earliest(times, mask):
    return torch.where(mask, times, float("inf")).amin(1)
