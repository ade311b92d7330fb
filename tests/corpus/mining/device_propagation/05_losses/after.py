# metric learning losses
import torch
import torch.nn.functional as F


def supcon(features, labels, t=0.1):
    n = features.shape[0]
    sim = features @ features.T / t
    eye = torch.eye(n, dtype=torch.bool, device=features.device)
    same = (labels[:, None] == labels[None]) & ~eye
    logp = sim - torch.logsumexp(sim.masked_fill(eye, -1e9), dim=1, keepdim=True)
    return -(logp * same).sum(1).div(same.sum(1).clamp(min=1)).mean()


def arcface(cosine, labels, s=64.0, m=0.5):
    theta = cosine.clamp(-1 + 1e-6, 1 - 1e-6).acos()
    rows = torch.arange(labels.numel(), device=labels.device)
    target = theta[rows, labels] + m
    one_hot = F.one_hot(labels, cosine.shape[1])
    return F.cross_entropy(s * torch.where(one_hot.bool(), target.cos()[:, None], cosine), labels)


def triplet(anchor, positive, negative, margin=0.2):
    zero = torch.zeros((), device=anchor.device)
    return torch.maximum((anchor - positive).norm(dim=1) - (anchor - negative).norm(dim=1) + margin, zero).mean()


def mmd(x, y, sigmas=(1, 2, 4)):
    def k(a, b):
        d = torch.cdist(a, b) ** 2
        return sum(torch.exp(-d / (2 * s**2)) for s in sigmas)
    return k(x, x).mean() + k(y, y).mean() - 2 * k(x, y).mean()


def sinkhorn(scores, rounds=3, eps=0.05):
    q = (scores / eps).exp().T
    q = q / q.sum()
    k, b = q.shape
    r = torch.ones(k, device=scores.device) / k
    c = torch.ones(b, device=scores.device) / b
    for _ in range(rounds):
        q = q * (r / q.sum(1))[:, None]
        q = q * (c / q.sum(0))[None]
    return (q / q.sum(0, keepdim=True)).T


class Queue:
    """First in, first out; lives on the host on purpose."""

    def __init__(self, size, dim):
        self.data = F.normalize(torch.randn(size, dim), dim=1)
        self.at = 0

    def push(self, x):
        index = (torch.arange(len(x)) + self.at) % len(self.data)
        self.data[index] = x.detach().cpu()
        self.at = int(index[-1]) + 1


def center_loss(x, labels, centers):
    return (x - centers[labels]).pow(2).sum(1).mean()


def uniformity(x, t=2):
    i, j = torch.triu_indices(len(x), len(x), 1, device=x.device)
    return (x[i] - x[j]).pow(2).sum(1).mul(-t).exp().mean().log()
