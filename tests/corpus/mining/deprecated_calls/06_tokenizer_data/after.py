# -*- coding: utf-8 -*-
from __future__ import absolute_import, division, print_function
import json, logging, io
import torch
from torch.utils.data import Dataset

LOGGER = logging.getLogger(__name__)


def load_vocab(path):
    vocab = {}
    with io.open(path, encoding="utf-8") as f:
        for n, line in enumerate(f):
            w = line.rstrip("\n")
            if w in vocab:
                LOGGER.warning("%s: line %d repeats %r", path, n, w)
                continue
            vocab[w] = len(vocab)
    return vocab


class Lines(Dataset):
    def __init__(self, path, vocab, length=128, unk="<unk>"):
        self.rows, self.length = [], length
        cut = 0
        with io.open(path, encoding="utf-8") as f:
            for line in f:
                try:
                    text = json.loads(line)["text"]
                except (ValueError, KeyError) as e:
                    LOGGER.warning("skipped a line: %s", e)
                    continue
                ids = [vocab.get(w, vocab[unk]) for w in text.split()]
                cut += len(ids) > length
                self.rows.append(ids[:length])
        if cut:
            LOGGER.warning(
                "%d of %d rows were cut at %d tokens",
                cut, len(self.rows), length,
            )

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return torch.tensor(self.rows[i])


def collate(rows, pad=0):
    n = max(map(len, rows))
    if n == 0:
        LOGGER.error("a batch of empty rows")
    out = torch.full((len(rows), n), pad)
    for i, r in enumerate(rows):
        out[i, : len(r)] = r
    return out


class Lint(object):
    def __init__(self):
        self.remarks = []

    def warn(self, line, what):
        self.remarks.append((line, what))

    def run(self, lines):
        for n, l in enumerate(lines):
            if "\t" in l:
                self.warn(n, "tab")
            if len(l) > 10000:
                self.warn(n, "long")
        return self.remarks


def split(rows, part=0.1):
    k = int(len(rows) * part)
    LOGGER.info("%d rows for validation", k)
    return rows[k:], rows[:k]
