import math

import torch
import torch.nn as nn


class TokenMixer(nn.Module):
    """Depth-wise mixing along the sequence, followed by a gated channel map."""

    def __init__(self, width, kernel=7, expand=2, drop=0.1):
        super().__init__()
        self.width = width
        self.kernel = kernel
        self.drop = drop
        self.weight = nn.Parameter(torch.empty(width, 1, kernel))
        self.inner = nn.Linear(width, 2 * expand * width)
        self.outer = nn.Linear(expand * width, width)
        self.norm = nn.LayerNorm(width)
        self.reset()

    def reset(self):
        bound = 1 / math.sqrt(self.kernel)
        nn.init.uniform_(self.weight, -bound, bound)

    def forward(self, x):
        short = x
        x = self.norm(x).transpose(1, 2)
        # pad on the left only: position i must not see i + 1
        x = nn.functional.pad(x, (self.kernel - 1, 0))
        x = nn.functional.conv1d(x, self.weight, groups=self.width)
        x = x.transpose(1, 2)
        value, gate = self.inner(x).chunk(2, dim=-1)
        x = value * nn.functional.silu(gate)
        x = nn.functional.dropout(x, p=self.drop, training=self.training)
        return short + self.outer(x)


class MixerTagger(nn.Module):
    def __init__(self, vocab, tags, width=64, depth=4):
        super().__init__()
        self.embed = nn.Embedding(vocab, width)
        self.blocks = nn.ModuleList(TokenMixer(width) for _ in range(depth))
        self.head = nn.Linear(width, tags)

    def forward(self, ids, labels=None):
        hidden = self.embed(ids)
        for block in self.blocks:
            hidden = block(hidden)
        logits = self.head(hidden)
        if labels is None:
            return logits
        loss = nn.functional.cross_entropy(
            logits.flatten(0, 1),
            labels.flatten(),
            ignore_index=-100,
        )
        return loss, logits

    @staticmethod
    def flops(ids, width, depth):
        B, N = ids.shape
        F = 12 * width * width
        return B * N * depth * F
