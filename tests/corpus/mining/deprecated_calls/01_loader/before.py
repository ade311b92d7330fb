import logging
import os

import torch
from torch import nn

logger = logging.getLogger(__name__)


class Checkpoint:
    def __init__(self, path):
        self.path = path

    def load(self, model, strict=False):
        if not os.path.exists(self.path):
            logger.warn("no checkpoint at %s", self.path)
            return model
        state = torch.load(self.path, map_location="cpu")
        missing, unexpected = model.load_state_dict(state, strict=strict)
        if missing:
            logger.warn(
                f"{len(missing)} tensors of {type(model).__name__} start at random: {missing}"
            )
        for name in unexpected:
            logger.warn("unused tensor %s", name)
        return model


def tie(a, b):
    if a.weight.shape != b.weight.shape:
        logger.warn("cannot tie %s and %s", tuple(a.weight.shape), tuple(b.weight.shape))
        return False
    a.weight = b.weight
    return True


class Head(nn.Module):
    def __init__(self, d, vocab):
        super().__init__()
        self.lin = nn.Linear(d, vocab, bias=False)
        self.log = []

    def warn(self, text):
        # our own method, not that of a logger
        self.log.append(text)

    def forward(self, x):
        if x.shape[-1] != self.lin.in_features:
            self.warn("width")
        return self.lin(x)


def report(head):
    for text in head.log:
        logger.warning("head said %s", text)
    logger.info("%d remarks", len(head.log))


def average(paths):
    total = None
    for p in paths:
        s = torch.load(p)
        total = s if total is None else {k: total[k] + v for k, v in s.items()}
    return {k: v / len(paths) for k, v in total.items()}
