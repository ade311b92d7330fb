import math
from typing import Tuple

import torch
from torch import Tensor, nn


class RBF(nn.Module):
    def __init__(self):
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(()))
        self.log_len = nn.Parameter(torch.zeros(()))

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        d = torch.cdist(a / self.log_len.exp(), b / self.log_len.exp())
        return self.log_scale.exp() * torch.exp(-0.5 * d**2)


class GP(nn.Module):
    def __init__(self, noise: float = 1e-2):
        super().__init__()
        self.kernel, self.noise = RBF(), noise

    def posterior(self, x: Tensor, y: Tensor, query: Tensor) -> Tuple[Tensor, Tensor]:
        k = self.kernel(x, x) + self.noise * torch.eye(len(x), device=x.device)
        chol = torch.linalg.cholesky(k)
        ks = self.kernel(query, x)
        a = torch.cholesky_solve(y[:, None], chol)
        v = torch.linalg.solve_triangular(chol, ks.T, upper=False)
        cov = self.kernel(query, query) - v.T @ v
        return (ks @ a)[:, 0], cov

    def sample(self, mean: Tensor, cov: Tensor, n: int) -> Tensor:
        jitter = 1e-5 * torch.eye(
            mean.numel(),
            device=mean.device,
        )
        chol = torch.linalg.cholesky(cov + jitter)
        eps = torch.randn(n, mean.numel(), device=mean.device)
        return mean + eps @ chol.T

    def nll(self, x: Tensor, y: Tensor) -> Tensor:
        k = self.kernel(x, x) + self.noise * torch.eye(len(x), device=x.device)
        chol = torch.linalg.cholesky(k)
        a = torch.cholesky_solve(y[:, None], chol)
        return 0.5 * (y @ a[:, 0] + 2 * chol.diagonal().log().sum() + len(x) * math.log(2 * math.pi))


class RandomFeatures(nn.Module):
    def __init__(self, d: int, n: int):
        super().__init__()
        self.register_buffer("w", torch.randn(d, n))
        self.register_buffer("b", torch.rand(n) * 2 * math.pi)

    def forward(self, x: Tensor) -> Tensor:
        z = (x @ self.w + self.b).cos() * (2 / self.w.shape[1]) ** 0.5
        bias = torch.ones(*x.shape[:-1], 1, device=x.device)
        return torch.cat([z, bias], -1)


def expected_improvement(mean: Tensor, std: Tensor, best: float) -> Tensor:
    z = (mean - best) / std
    normal = torch.distributions.Normal(torch.zeros_like(z), torch.ones_like(z))
    return std * (z * normal.cdf(z) + normal.log_prob(z).exp())


def grid(low: float, high: float, n: int) -> Tensor:
    """Start points for the optimiser; the caller moves them."""
    t = torch.linspace(low, high, n)
    return torch.cartesian_prod(t, t)
