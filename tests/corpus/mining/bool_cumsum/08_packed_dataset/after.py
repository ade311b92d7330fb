import itertools
import random

import numpy as np
import torch
from torch.utils.data import IterableDataset


class Packed(IterableDataset):
    """Documents one after another in rows of fixed length; documents must not see each other."""

    def __init__(self, documents, length, bos, seed=0):
        self.documents, self.length, self.bos = documents, length, bos
        self.rng = random.Random(seed)

    def __iter__(self):
        buffer = []
        order = list(range(len(self.documents)))
        self.rng.shuffle(order)
        for i in order:
            buffer.extend(itertools.chain([self.bos], self.documents[i]))
            while len(buffer) >= self.length:
                yield torch.tensor(buffer[: self.length])
                del buffer[: self.length]


def block_mask(ids, bos):
    document = (ids == bos).to(torch.int64).cumsum(dim=-1)
    same = document[:, :, None] == document[:, None, :]
    return same.tril()


def restart_positions(ids, bos):
    start = ids == bos
    document = start.to(torch.int64).cumsum(dim=-1)
    t = torch.arange(ids.shape[1], device=ids.device).expand_as(ids)
    first = torch.where(start, t, 0).cummax(dim=-1).values
    return t - first, document


def shard(sizes, workers):
    # numpy: host side, booleans are fine there
    ends = np.cumsum(sizes)
    cut = np.searchsorted(ends, np.linspace(0, ends[-1], workers + 1)[1:-1])
    used = np.cumsum(np.asarray(sizes) > 0)
    return np.split(np.arange(len(sizes)), cut), used[-1]


def collate(rows, bos):
    ids = torch.stack(rows)
    position, document = restart_positions(ids, bos)
    labels = ids.clone()
    labels[ids == bos] = -100
    return {"input_ids": ids, "position_ids": position, "document": document, "labels": labels}


class LengthSampler:
    def __init__(self, lengths, budget):
        self.lengths, self.budget = torch.as_tensor(lengths), budget

    def __iter__(self):
        order = self.lengths.argsort()
        total = self.lengths[order].cumsum(dim=-1)
        bucket = total // self.budget
        for b in bucket.unique():
            yield order[bucket == b].tolist()
