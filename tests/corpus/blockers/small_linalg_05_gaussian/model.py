"""Bivariate regression head: mean and covariance of two correlated targets, and the whitened residual of a guess."""
import torch
import torch.nn.functional as F
from torch import nn


class CovarianceHead(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.factor = nn.Linear(d, 4)

    def forward(self, h):
        a = self.factor(h).view(-1, 2, 2)
        return a @ a.transpose(1, 2) + 0.3 * torch.eye(2)


class BivariateRegressor(nn.Module):
    def __init__(self, d_in=5, d=8):
        super().__init__()
        self.body = nn.Linear(d_in, d)
        self.mean = nn.Linear(d, 2)
        self.cov = CovarianceHead(d)
        self.noise = nn.Parameter(torch.tensor([0.4, -0.7, 1.1]))

    def forward(self, x):
        h = F.silu(self.body(x))
        root = torch.linalg.cholesky(self.cov(h))
        draws = torch.stack([self.noise, self.noise.flip(0)])
        return self.mean(h)[:, :, None] + root @ draws


def load_model():
    torch.manual_seed(89)
    return BivariateRegressor()


def load_inputs(seed=0):
    return {"x": torch.randn(4, 5, generator=torch.Generator().manual_seed(seed))}
