import torch
from torch import LongTensor
from torch import FloatTensor
from torch import Tensor
from torch import nn


class RewardHead(nn.Module):
    def __init__(self, backbone: nn.Module, d: int):
        super().__init__()
        self.backbone, self.v = backbone, nn.Linear(d, 1, bias=False)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        h = self.backbone(input_ids, attention_mask)
        last = attention_mask.sum(1) - 1
        return self.v(h)[torch.arange(len(h)), last, 0]


def pairwise(chosen: Tensor, rejected: Tensor, margin: float = 0.0) -> Tensor:
    return -nn.functional.logsigmoid(chosen - rejected - margin).mean()


def dpo(pol_w: Tensor, pol_l: Tensor, ref_w: Tensor, ref_l: Tensor, beta: float = 0.1) -> Tensor:
    return -nn.functional.logsigmoid(beta * ((pol_w - ref_w) - (pol_l - ref_l))).mean()


def sequence_logp(logits: Tensor, labels: Tensor) -> Tensor:
    keep = labels[:, 1:] != -100
    lp = logits[:, :-1].log_softmax(-1).gather(-1, labels[:, 1:, None].clamp(min=0)).squeeze(-1)
    return (lp * keep).sum(-1)


class KLController:
    def __init__(self, init: float = 0.2, target: float = 6.0, horizon: int = 10000):
        self.value, self.target, self.horizon = init, target, horizon

    def update(self, current: float, n: int) -> float:
        error = min(max(current / self.target - 1, -0.2), 0.2)
        self.value *= 1 + error * n / self.horizon
        return self.value


class Rollouts:
    def __init__(self) -> None:
        self.ids: list[Tensor] = []
        self.rewards: list[float] = []

    def add(self, ids: Tensor, reward: float) -> None:
        self.ids.append(ids)
        self.rewards.append(reward)

    def batch(self) -> tuple[Tensor, Tensor]:
        r = FloatTensor(self.rewards)
        return torch.stack(self.ids), (r - r.mean()) / (r.std() + 1e-6)

    def lengths(self) -> Tensor:
        return LongTensor([len(i) for i in self.ids])


def whiten(x: Tensor, shift: bool = True) -> Tensor:
    y = (x - x.mean()) * torch.rsqrt(x.var() + 1e-8)
    return y if shift else y + x.mean()


def entropy(logits: Tensor) -> Tensor:
    p = logits.softmax(-1)
    return torch.logsumexp(logits, -1) - (p * logits).sum(-1)


KINDS = {"f": FloatTensor, "i": LongTensor}
