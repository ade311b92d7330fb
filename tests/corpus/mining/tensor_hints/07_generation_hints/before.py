# coding=utf-8
import warnings
from typing import Iterable, List, Optional
import torch


class LogitsProcessor:
    """Base class.

    Args:
        input_ids (`torch.LongTensor`): tokens so far
        scores (`torch.FloatTensor`): one row a sequence
    """

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        raise NotImplementedError


class ProcessorList(list):
    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor, **kwargs) -> torch.FloatTensor:
        for p in self:
            scores = p(input_ids, scores, **kwargs)
        return scores


class Temperature(LogitsProcessor):
    def __init__(self, t: float):
        if t == 0:
            warnings.warn("temperature 0")
        self.t = t

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        return scores / self.t


class NoRepeat(LogitsProcessor):
    def __init__(self, n: int):
        self.n = n

    def banned(self, prev: torch.LongTensor) -> List[List[int]]:
        out = []
        for row in prev.tolist():
            tail = tuple(row[len(row) - self.n + 1 :])
            out.append([row[i + self.n - 1] for i in range(len(row) - self.n + 1) if tuple(row[i : i + self.n - 1]) == tail])
        return out

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.Tensor:
        for i, tokens in enumerate(self.banned(input_ids)):
            scores[i, tokens] = -float("inf")
        return scores


class Stopping:
    def __init__(self, limit: int):
        self.limit = limit

    def __call__(self, input_ids: torch.LongTensor, scores: Optional[torch.FloatTensor], **kw) -> bool:
        return input_ids.shape[-1] >= self.limit


class TokenStreamer:
    queue: List[torch.LongTensor]

    def __init__(self):
        self.queue = []

    def put(self, value: torch.Tensor) -> None:
        self.queue.append(value)

    def end(self) -> Iterable[int]:
        return torch.cat(self.queue).tolist()


def prompt(rows: List[List[int]]) -> torch.Tensor:
    return torch.LongTensor(rows)


def greedy(scores: "torch.Tensor") -> "torch.Tensor":
    return scores.argmax(-1)
