from typing import List, Optional
import torch

NEG = float("-inf")


class LogitsFilter:
    def __call__(self, ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError


class TopK(LogitsFilter):
    def __init__(self, k: int):
        self.k = k

    def __call__(self, ids, scores):
        remove = scores < torch.topk(scores, min(self.k, scores.size(-1)))[0][..., -1, None]
        scores[remove] = NEG
        return scores


class MinP(LogitsFilter):
    def __init__(self, p: float):
        self.p = p

    def __call__(self, ids, scores):
        prob = scores.softmax(-1)
        floor = self.p * prob.amax(-1, keepdim=True)
        scores[prob < floor] = NEG
        return scores


class Typical(LogitsFilter):
    def __init__(self, mass: float = 0.9):
        self.mass = mass

    def __call__(self, ids, scores):
        logp = scores.log_softmax(-1)
        ent = -(logp.exp() * logp).nansum(-1, keepdim=True)
        shift = (-logp - ent).abs()
        order = shift.argsort(-1)
        cum = scores.gather(-1, order).softmax(-1).cumsum(-1)
        last = (cum < self.mass).sum(-1).clamp(max=scores.shape[-1] - 1)
        cut = shift.gather(-1, order).gather(-1, last[..., None])
        scores[shift > cut] = NEG
        return scores


class Repetition(LogitsFilter):
    def __init__(self, penalty: float):
        self.penalty = penalty

    def __call__(self, ids, scores):
        seen = torch.gather(scores, 1, ids)
        neg = seen < 0
        scaled = seen * self.penalty
        seen = seen / self.penalty
        seen[neg] = scaled[neg]
        return scores.scatter(1, ids, seen)


class Forced(LogitsFilter):
    """Only one token may follow; column write with an integer, nothing to select."""

    def __init__(self, token: int, step: int):
        self.token, self.step = token, step

    def __call__(self, ids, scores):
        if ids.shape[-1] == self.step:
            scores = torch.full_like(scores, NEG)
            scores[:, self.token] = 0
        return scores


def apply(filters: List[LogitsFilter], ids, scores, history: Optional[dict] = None):
    for f in filters:
        scores = f(ids, scores)
        if history is not None:
            history[type(f).__name__] = scores.isinf().sum().item()
    return scores
