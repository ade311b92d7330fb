"""Closed-form layers."""
import torch
from torch import Tensor, nn


def whiten(x: Tensor, eps: float = 1e-5) -> Tensor:
    x = x - x.mean(0)
    cov = x.T @ x / (len(x) - 1)
    u, s, v = torch.svd(cov)
    return x @ u / (s + eps).sqrt()


def ridge(x: Tensor, y: Tensor, lam: float) -> Tensor:
    a = x.T @ x + lam * torch.eye(x.shape[1])
    l = torch.cholesky(a)
    return torch.cholesky_solve(x.T @ y, l)


class Orthogonal(nn.Module):
    def __init__(self, d: int):
        super().__init__()
        self.raw = nn.Parameter(torch.randn(d, d))

    @property
    def weight(self) -> Tensor:
        q, r = torch.qr(self.raw)
        return q * r.diagonal().sign()

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight


class Spectral(nn.Module):
    def __init__(self, lin: nn.Linear, steps: int = 1):
        super().__init__()
        self.lin, self.steps = lin, steps
        self.register_buffer("u", nn.functional.normalize(torch.randn(lin.out_features), dim=0))

    def forward(self, x: Tensor) -> Tensor:
        u = self.u
        for _ in range(self.steps):
            v = nn.functional.normalize(self.lin.weight.T @ u, dim=0)
            u = nn.functional.normalize(self.lin.weight @ v, dim=0)
        sigma = u @ self.lin.weight @ v
        return x @ (self.lin.weight / sigma).T + self.lin.bias


class KalmanStep(nn.Module):
    def __init__(self, n: int, m: int):
        super().__init__()
        self.f, self.h = nn.Parameter(torch.eye(n)), nn.Parameter(torch.randn(m, n) * 0.1)

    def forward(self, x: Tensor, p: Tensor, z: Tensor, q: Tensor, r: Tensor):
        x, p = self.f @ x, self.f @ p @ self.f.T + q
        s = self.h @ p @ self.h.T + r
        l = torch.cholesky(s)
        k = torch.cholesky_solve(self.h @ p, l).T
        return x + k @ (z - self.h @ x), p - k @ self.h @ p


def effective_rank(x: Tensor) -> Tensor:
    s = torch.linalg.svdvals(x)
    p = s / s.sum()
    return torch.exp(-(p * p.log()).sum())


class Table(dict):
    def qr(self, key):
        return self[key]


def lookup(t: Table, key: str):
    return t.qr(key)
