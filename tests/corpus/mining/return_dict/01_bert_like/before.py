from typing import Optional

import torch
from torch import nn

from outputs import BaseOutput, ClassifierOutput


class Pooler(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.dense = nn.Linear(width, width)

    def forward(self, x):
        return torch.tanh(self.dense(x[:, 0]))


class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.layers = nn.ModuleList(nn.TransformerEncoderLayer(config.width, config.heads, batch_first=True)
                                    for _ in range(config.depth))

    def forward(self, x, mask=None, output_hidden_states=False, return_tuple=False):
        states = (x,) if output_hidden_states else None
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=mask)
            if output_hidden_states:
                states = states + (x,)
        if return_tuple:
            return tuple(v for v in (x, states) if v is not None)
        return BaseOutput(last_hidden_state=x, hidden_states=states)


class Model(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab, config.width)
        self.encoder = Encoder(config)
        self.pooler = Pooler(config.width)

    def forward(self, ids, mask=None, return_tuple: Optional[bool] = None):
        return_tuple = return_tuple if return_tuple is not None else self.config.use_return_tuple
        out = self.encoder(self.embed(ids), mask, return_tuple=return_tuple)
        pooled = self.pooler(out[0])
        if return_tuple:
            return (out[0], pooled) + out[1:]
        return BaseOutput(last_hidden_state=out[0], pooler_output=pooled)


class Classifier(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config, self.body = config, Model(config)
        self.head = nn.Linear(config.width, config.labels)

    def forward(self, ids, mask=None, labels=None, return_tuple: Optional[bool] = None):
        return_tuple = return_tuple if return_tuple is not None else self.config.use_return_tuple
        out = self.body(ids, mask, return_tuple=return_tuple)
        logits = self.head(out[1])
        loss = nn.functional.cross_entropy(logits, labels) if labels is not None else None
        if return_tuple:
            return ((loss,) if loss is not None else ()) + (logits,) + out[2:]
        return ClassifierOutput(loss=loss, logits=logits)


def summarise(module, x, return_shape=False):
    y = module(x)
    return tuple(y.shape) if return_shape else y
