"""Vector quantiser with exponential moving averages."""
import torch
from torch import nn
from torch.nn import functional as F


class Codebook(nn.Module):

    def __init__(self, size, dim, decay=0.99, eps=1e-5, use_cosine=False):
        super().__init__()
        self.size, self.decay, self.eps = size, decay, eps
        self.metric = F.cosine_similarity if use_cosine else None
        self.register_buffer('table', torch.randn(size, dim))
        self.register_buffer('count', torch.zeros(size))
        self.register_buffer('total', self.table.clone())

    def assign(self, flat):
        if self.metric is not None:
            score = self.metric(flat[:, None], self.table[None], dim=-1)
            return score.argmax(dim=-1)
        dist = flat.pow(2).sum(1, keepdim=True) - 2 * flat @ self.table.t() + self.table.pow(2).sum(1)
        return dist.argmin(dim=-1)

    @torch.no_grad()
    def update(self, flat, code):
        hot = F.one_hot(code, self.size).type_as(flat)
        self.count.lerp_(hot.sum(0), 1 - self.decay)
        self.total.lerp_(hot.t() @ flat, 1 - self.decay)
        n = self.count.sum()
        smooth = (self.count + self.eps) / (n + self.size * self.eps) * n
        self.table.copy_(self.total / smooth[:, None])

    def forward(self, z):
        flat = z.reshape(-1, z.shape[-1])
        code = self.assign(flat)
        if self.training:
            self.update(flat.detach(), code)
        quant = F.embedding(code, self.table).view_as(z)
        commit = F.mse_loss(z, quant.detach())
        quant = z + (quant - z).detach()
        return quant, code.view(z.shape[:-1]), commit


class ResidualQuantizer(nn.Module):
    def __init__(self, levels, size, dim):
        super().__init__()
        self.levels = nn.ModuleList(Codebook(size, dim) for _ in range(levels))

    def forward(self, z):
        out, codes, losses = 0, [], []
        for level in self.levels:
            q, code, loss = level(z - out)
            out = out + q
            codes.append(code)
            losses.append(loss)
        return out, torch.stack(codes, dim=-1), torch.stack(losses).mean()

    def perplexity(self, codes):
        result = []
        for i in range(codes.shape[-1]):
            p = F.one_hot(codes[..., i].flatten(), self.levels[i].size).float().mean(0)
            result.append(torch.exp(-(p * torch.log(p + 1e-10)).sum()))
        return result


class StraightThrough(torch.autograd.Function):
    """Kept for old checkpoints: the name F is what they pickled."""

    @staticmethod
    def forward(ctx, z, q):
        return q

    @staticmethod
    def backward(ctx, grad):
        return grad, None


F = StraightThrough.apply  # noqa: module attribute read by old configs, shadows nothing here
