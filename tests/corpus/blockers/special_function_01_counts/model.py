"""Count model: scores how likely the observed small counts are under learned Poisson rates (log-likelihood)."""
import torch
from torch import nn
from torch.nn import functional as F

HIGHEST = 15


class PoissonScorer(nn.Module):
    def __init__(self, covariates=4, sites=6):
        super().__init__()
        self.hidden = nn.Linear(covariates, 10)
        self.rate = nn.Linear(10, sites)

    def forward(self, covariates, counts):
        rate = F.softplus(self.rate(torch.tanh(self.hidden(covariates)))) + 0.05
        k = counts.round().clamp(0, HIGHEST)
        loglik = k * rate.log() - rate - torch.lgamma(k + 1)
        return loglik.sum(-1), rate


def load_model():
    torch.manual_seed(91)
    return PoissonScorer()


def load_inputs(seed=0):
    g = torch.Generator().manual_seed(seed)
    covariates = torch.randn(3, 4, generator=g)
    return {"covariates": covariates, "counts": torch.randint(0, HIGHEST + 1, (3, 6), generator=g).float()}
