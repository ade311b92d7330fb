from __future__ import annotations

import dataclasses

import torch
from torch import Tensor


@dataclasses.dataclass
class Hypothesis:
    tokens: list[int]
    score: float = float("-inf")

    def normalised(self, alpha: float) -> float:
        return self.score / ((5 + len(self.tokens)) / 6) ** alpha


class Processors:
    def __init__(self, eos: int, min_length: int = 0, bad: list[int] | None = None, ngram: int = 0):
        self.eos, self.min_length, self.bad, self.ngram = eos, min_length, bad or [], ngram

    def length(self, scores: Tensor, step: int) -> Tensor:
        if step < self.min_length:
            is_eos = torch.arange(scores.shape[-1], device=scores.device) == self.eos
            scores = scores.masked_fill(is_eos, -float("inf"))
        return scores

    def banned(self, scores: Tensor) -> Tensor:
        if self.bad:
            index = torch.tensor(self.bad, device=scores.device)
            hit = torch.zeros_like(scores[0], dtype=torch.bool).index_fill(0, index, True)
            scores = scores.masked_fill(hit, -float("inf"))
        return scores

    def top_k(self, scores: Tensor, k: int) -> Tensor:
        floor = scores.topk(k).values[..., -1, None]
        return torch.where(scores < floor, torch.tensor(-float("inf"), device=scores.device), scores)

    def __call__(self, scores: Tensor, step: int) -> Tensor:
        return self.banned(self.length(scores, step))


class BeamSearch:
    def __init__(self, step_fn, processors: Processors, beams: int = 4, alpha: float = 0.6):
        self.step_fn, self.processors, self.beams, self.alpha = step_fn, processors, beams, alpha

    def run(self, start: int, steps: int) -> Hypothesis:
        live = [Hypothesis([start], 0.0)]
        best = Hypothesis([])
        for t in range(steps):
            ids = torch.tensor([h.tokens for h in live])
            logp = self.processors(self.step_fn(ids).log_softmax(-1), t)
            total = logp + torch.tensor([[h.score] for h in live])
            value, flat = total.flatten().topk(2 * self.beams)
            nxt = []
            for v, f in zip(value.tolist(), flat.tolist()):
                beam, token = divmod(f, logp.shape[-1])
                h = Hypothesis(live[beam].tokens + [token], v)
                if token == self.processors.eos:
                    best = max(best, h, key=lambda x: x.normalised(self.alpha) if x.tokens else -float("inf"))
                elif len(nxt) < self.beams:
                    nxt.append(h)
            live = nxt
        return best if best.tokens else live[0]
