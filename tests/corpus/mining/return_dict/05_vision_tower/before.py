from __future__ import annotations
import torch
from torch import nn
from .outputs import VisionOutput, PairOutput


class VisionLayer(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attn = nn.MultiheadAttention(d, h, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

    def forward(self, x, output_attentions: bool = False):
        y = self.n1(x)
        y, w = self.attn(y, y, y, need_weights=output_attentions)
        x = x + y
        x = x + self.mlp(self.n2(x))
        return (x, w) if output_attentions else (x,)


class VisionTower(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.patch = nn.Conv2d(3, config.d, config.patch, config.patch)
        self.layers = nn.ModuleList([VisionLayer(config.d, config.h) for _ in range(config.depth)])
        self.post = nn.LayerNorm(config.d)

    def forward(self, pixels, output_attentions=None, output_hidden_states=None, return_tuple=None):
        output_attentions = output_attentions if output_attentions is not None else self.config.output_attentions
        return_tuple = return_tuple if return_tuple is not None else self.config.use_return_tuple
        x = self.patch(pixels).flatten(2).transpose(1, 2)
        states, weights = (), ()
        for layer in self.layers:
            if output_hidden_states:
                states += (x,)
            out = layer(x, output_attentions)
            x = out[0]
            if output_attentions:
                weights += (out[1],)
        x = self.post(x)
        if return_tuple:
            return tuple(v for v in (x, states or None, weights or None) if v is not None)
        return VisionOutput(last_hidden_state=x, hidden_states=states or None, attentions=weights or None)


class DualEncoder(nn.Module):
    def __init__(self, config, text):
        super().__init__()
        self.config = config
        self.vision, self.text = VisionTower(config), text
        self.scale = nn.Parameter(torch.tensor(2.66))

    def forward(self, pixels=None, ids=None, return_tuple=None):
        return_tuple = return_tuple if return_tuple is not None else self.config.use_return_tuple
        v = self.vision(pixels, return_tuple=return_tuple)[0].mean(1)
        t = self.text(ids, return_tuple=return_tuple)[0][:, 0]
        v, t = nn.functional.normalize(v, dim=-1), nn.functional.normalize(t, dim=-1)
        logits = self.scale.exp() * v @ t.T
        if return_tuple:
            return logits, logits.T
        return PairOutput(logits, logits.T)


def topk_tuple(logits, k):
    values, indices = logits.topk(k)
    return tuple(zip(values.tolist(), indices.tolist()))
