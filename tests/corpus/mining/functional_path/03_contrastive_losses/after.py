# Losses for paired encoders. All take unnormalised features.
import torch
from torch import nn


def _cosine(a, b, eps=1e-8):
    a = nn.functional.normalize(a, dim=-1, eps=eps)
    b = nn.functional.normalize(b, dim=-1, eps=eps)
    return a @ b.t()


def info_nce(query, key, temperature=0.07):
    scores = _cosine(query, key) / temperature
    target = torch.arange(len(query), device=query.device)
    return nn.functional.cross_entropy(scores, target)


def clip_loss(image, text, scale):
    scores = _cosine(image, text) * scale.exp()
    target = torch.arange(scores.size(0), device=scores.device)
    both = [nn.functional.cross_entropy(s, target, label_smoothing=0.1) for s in (scores, scores.t())]
    return sum(both) / len(both)


def sigmoid_pair_loss(image, text, scale, bias):
    scores = _cosine(image, text) * scale + bias
    sign = 2 * torch.eye(scores.shape[0], device=scores.device) - 1
    return -nn.functional.logsigmoid(sign * scores).sum(-1).mean()


def barlow(za, zb, weight=5e-3):
    za = (za - za.mean(0)) / za.std(0)
    zb = (zb - zb.mean(0)) / zb.std(0)
    c = za.T @ zb / za.shape[0]
    on = (torch.diagonal(c) - 1).pow(2).sum()
    off = c.flatten()[1:].view(c.shape[0] - 1, c.shape[0] + 1)[:, :-1].pow(2).sum()
    return on + weight * off


def vicreg(za, zb, sim=25.0, var=25.0, cov=1.0):
    invariance = nn.functional.mse_loss(za, zb)

    def spread(z):
        std = torch.sqrt(z.var(dim=0) + 1e-4)
        return nn.functional.relu(1 - std).mean()

    def decorrelate(z):
        z = z - z.mean(dim=0)
        m = (z.T @ z) / (z.shape[0] - 1)
        return (m.pow(2).sum() - m.diagonal().pow(2).sum()) / z.shape[1]

    return sim * invariance + var * (spread(za) + spread(zb)) + cov * (decorrelate(za) + decorrelate(zb))


class Registry(dict):
    """name -> loss; looked up by attribute, as in ``losses.F.info_nce``."""

    def __getattr__(self, name):
        return self[name]


class losses:
    F = Registry(info_nce=info_nce, clip=clip_loss, sigmoid=sigmoid_pair_loss)


def default_loss(q, k):
    return losses.F.info_nce(q, k)
