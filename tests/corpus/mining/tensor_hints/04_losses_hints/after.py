import torch
from torch import FloatTensor, LongTensor, Tensor
import torch.nn.functional as F


def label_smoothed(logits: Tensor, target: Tensor, eps: float = 0.1) -> Tensor:
    logp = logits.log_softmax(-1)
    nll = -logp.gather(-1, target[..., None]).squeeze(-1)
    return ((1 - eps) * nll - eps * logp.mean(-1)).mean()


def dice(pred: Tensor, mask: Tensor, eps: float = 1.0) -> Tensor:
    p = pred.sigmoid().flatten(1)
    m = mask.flatten(1)
    return (1 - (2 * (p * m).sum(1) + eps) / (p.sum(1) + m.sum(1) + eps)).mean()


def class_weights(labels: Tensor, n: int) -> Tensor:
    count = torch.bincount(labels, minlength=n).clamp(min=1)
    # old constructor: values, no hint
    base = FloatTensor([1.0] * n)
    return base * count.sum() / (n * count)


class Margin(torch.nn.Module):
    margin: float

    def __init__(self, margin: float = 1.0):
        super().__init__()
        self.margin = margin

    def forward(self, pos: Tensor, neg: Tensor) -> Tensor:
        return F.relu(self.margin - pos + neg).mean()


class Proxy(torch.nn.Module):
    def __init__(self, classes: int, d: int, scale: float = 16.0):
        super().__init__()
        self.proxies = torch.nn.Parameter(torch.randn(classes, d))
        self.scale = scale

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        w = F.normalize(self.proxies, dim=-1)
        d = torch.cdist(F.normalize(x, dim=-1), w).pow(2)
        return F.cross_entropy(-self.scale * d, y)


def one_vs_rest(logits: Tensor, y: Tensor) -> Tensor:
    hot = F.one_hot(y, logits.shape[-1]).to(logits.dtype)
    return F.binary_cross_entropy_with_logits(logits, hot)


def empty_targets(n: int) -> Tensor:
    return LongTensor(n).fill_(-100)


def ranking(scores: Tensor, gains: Tensor, k: int = 10) -> Tensor:
    order = scores.topk(k, dim=-1).indices
    disc = 1.0 / torch.log2(torch.arange(k) + 2.0)
    return (gains.gather(-1, order) * disc).sum(-1).mean()


TYPES = (FloatTensor, LongTensor)


def is_legacy(x: object) -> bool:
    return isinstance(x, TYPES)
