"""Batch statistics that survive small batches."""
import logging
import torch
from torch import nn
from torch.nn import init as nninit

logger = logging.getLogger(__name__)


class BatchRenorm(nn.Module):
    def __init__(self, c, momentum=0.01, eps=1e-5):
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight, self.bias = nn.Parameter(torch.empty(c)), nn.Parameter(torch.empty(c))
        self.register_buffer("mean", torch.zeros(c))
        self.register_buffer("std", torch.ones(c))
        nninit.constant(self.weight, 1)
        nninit.constant(self.bias, 0)

    def forward(self, x):
        if self.training:
            if x.shape[0] < 4:
                logger.warn("batch of %d is too small for statistics", x.shape[0])
            m, s = x.mean((0, 2, 3)), x.std((0, 2, 3)) + self.eps
            r = (s.detach() / self.std).clamp(1 / 3, 3)
            d = ((m.detach() - self.mean) / self.std).clamp(-5, 5)
            y = (x - m[:, None, None]) / s[:, None, None] * r[:, None, None] + d[:, None, None]
            self.mean.lerp_(m.detach(), self.momentum)
            self.std.lerp_(s.detach(), self.momentum)
        else:
            y = (x - self.mean[:, None, None]) / self.std[:, None, None]
        return y * self.weight[:, None, None] + self.bias[:, None, None]


class Decorrelate(nn.Module):
    def __init__(self, c, groups=4):
        super().__init__()
        self.groups = groups
        self.gain = nn.Parameter(torch.empty(c, 1, 1))
        nninit.normal(self.gain, 1.0, 0.02)

    def forward(self, x):
        n, c, h, w = x.shape
        y = x.view(n, self.groups, -1, h * w).permute(1, 2, 0, 3).flatten(2)
        y = y - y.mean(-1, keepdim=True)
        cov = y @ y.mT / y.shape[-1] + 1e-5 * torch.eye(y.shape[1], device=x.device)
        l = torch.cholesky(cov)
        y = torch.linalg.solve_triangular(l, y, upper=False)
        return y.view(self.groups, -1, n, h * w).permute(2, 0, 1, 3).reshape(n, c, h, w) * self.gain


def calibrate(model, loader, limit):
    model.train()
    n = 0
    with torch.no_grad():
        for x in loader:
            model(x)
            n += len(x)
            if n >= limit:
                break
    if n < limit:
        logger.warn("only %d of %d rows for calibration", n, limit)
    return model.eval()


def noise(shape, std):
    return torch.normal(torch.zeros(shape), std)
