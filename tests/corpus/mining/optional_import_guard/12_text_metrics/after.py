import re
import string
from collections import Counter

import torch
from torch import nn

try:
    import sacrebleu
except ImportError:
    sacrebleu = None
try:
    import nltk
except ImportError:
    nltk = None

ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalise(text):
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(ARTICLES.sub(" ", text).split())


def words(text):
    return nltk.word_tokenize(text) if nltk is not None else text.split()


def f1(pred, truth):
    a, b = Counter(words(normalise(pred))), Counter(words(normalise(truth)))
    n = sum((a & b).values())
    return 2 * n / max(sum(a.values()) + sum(b.values()), 1)


def bleu(preds, truths):
    if sacrebleu is None:
        raise RuntimeError("bleu needs sacrebleu")
    return sacrebleu.corpus_bleu(preds, [truths]).score


class LearnedMetric(nn.Module):
    def __init__(self, encoder, d):
        super().__init__()
        self.encoder, self.out = encoder, nn.Linear(4 * d, 1)

    def forward(self, a, b):
        x, y = self.encoder(a).mean(1), self.encoder(b).mean(1)
        return self.out(torch.cat([x, y, (x - y).abs(), x * y], -1)).squeeze(-1)

    @torch.no_grad()
    def rank(self, query, options):
        return torch.stack([self(query, o) for o in options]).argsort(descending=True)


class GreedyMatch(nn.Module):
    def __init__(self, emb):
        super().__init__()
        self.emb = emb

    def forward(self, a, b):
        x, y = (nn.functional.normalize(self.emb(t), dim=-1) for t in (a, b))
        s = x @ y.mT
        p, r = s.amax(-1).mean(-1), s.amax(-2).mean(-1)
        return 2 * p * r / (p + r)


def bootstrap(values, rounds=1000, seed=0):
    import random

    rng = random.Random(seed)
    means = sorted(sum(rng.choices(values, k=len(values))) / len(values) for _ in range(rounds))
    return means[int(0.025 * rounds)], means[int(0.975 * rounds)]


try:
    from rapidfuzz.distance import Levenshtein
except ImportError:
    Levenshtein = None
