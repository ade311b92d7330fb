"""Dense retrieval: encoders, an index, and late fusion."""
from typing import Iterator, List, Mapping, NamedTuple, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import nn


class Batch(NamedTuple):
    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    labels: Optional[torch.Tensor] = None


class Encoder(nn.Module):
    def __init__(self, vocab: int, d: int = 64):
        super().__init__()
        self.emb, self.rnn = nn.Embedding(vocab, d), nn.GRU(d, d, batch_first=True)

    def forward(self, batch: Batch) -> torch.Tensor:
        h, _ = self.rnn(self.emb(batch.input_ids))
        m = batch.attention_mask[..., None]
        return F.normalize((h * m).sum(1) / m.sum(1), dim=-1)


class Index:
    vectors: torch.Tensor

    def __init__(self, d: int, capacity: int = 10000):
        self.vectors = torch.zeros(capacity, d)
        self.size = 0

    def add(self, x: torch.Tensor) -> range:
        first, self.size = self.size, self.size + len(x)
        self.vectors[first : self.size] = x
        return range(first, self.size)

    def search(self, q: torch.Tensor, k: int) -> Tuple[torch.Tensor, torch.Tensor]:
        return (q @ self.vectors[: self.size].T).topk(k)


def fuse(lists: List[Mapping[int, float]], k: int = 60) -> List[int]:
    total: dict = {}
    for one in lists:
        for rank, doc in enumerate(sorted(one, key=one.get, reverse=True)):
            total[doc] = total.get(doc, 0.0) + 1 / (k + rank)
    return sorted(total, key=total.get, reverse=True)


def batches(rows: List[List[int]], size: int) -> Iterator[Batch]:
    for i in range(0, len(rows), size):
        part = rows[i : i + size]
        n = max(map(len, part))
        ids = torch.LongTensor([r + [0] * (n - len(r)) for r in part])
        yield Batch(ids, (ids > 0).long())


def in_batch_loss(q: torch.Tensor, d: torch.Tensor, t: float = 0.05) -> torch.Tensor:
    return F.cross_entropy(q @ d.T / t, torch.arange(len(q)))


def recall(found: torch.Tensor, truth: torch.Tensor) -> float:
    return (found == truth[:, None]).any(1).float().mean().item()


def to_host(x: torch.Tensor) -> torch.Tensor:
    return x.type("torch.FloatTensor")
