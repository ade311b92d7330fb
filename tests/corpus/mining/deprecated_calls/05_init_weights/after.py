import math
import torch
import torch.nn as nn
from torch.nn import init


class Mlp(nn.Module):
    def __init__(self, dims, act="relu"):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(dims, dims[1:]))
        self.act = {"relu": torch.relu, "tanh": torch.tanh}[act]
        self.reset_parameters()

    def reset_parameters(self):
        for i, l in enumerate(self.layers):
            if i + 1 == len(self.layers):
                init.xavier_uniform_(l.weight)
            else:
                init.kaiming_normal_(l.weight, nonlinearity="relu")
            init.constant_(l.bias, 0)

    def forward(self, x):
        for l in self.layers[:-1]:
            x = self.act(l(x))
        return self.layers[-1](x)


class LSTMTagger(nn.Module):
    def __init__(self, vocab, d, tags):
        super().__init__()
        self.emb, self.rnn, self.out = nn.Embedding(vocab, d), nn.LSTM(d, d, batch_first=True), nn.Linear(d, tags)
        nn.init.normal_(self.emb.weight, std=d**-0.5)
        for name, p in self.rnn.named_parameters():
            if "weight_hh" in name:
                nn.init.orthogonal_(p)
            elif "bias" in name:
                nn.init.constant_(p, 0.0)
                # the forget gate starts open
                p.data[d : 2 * d] = 1.0

    def forward(self, ids):
        return self.out(self.rnn(self.emb(ids))[0])


class Siren(nn.Module):
    def __init__(self, cin, cout, w0=30.0, first=False):
        super().__init__()
        self.lin, self.w0 = nn.Linear(cin, cout), w0
        bound = 1 / cin if first else math.sqrt(6 / cin) / w0
        nn.init.uniform_(self.lin.weight, -bound, bound)

    def forward(self, x):
        return torch.sin(self.w0 * self.lin(x))


class Prior:
    """Sampling, not initialisation."""

    def __init__(self, seed):
        self.g = torch.Generator().manual_seed(seed)

    def normal(self, shape, std=1.0):
        return torch.normal(0.0, std, shape, generator=self.g)

    def constant(self, shape, v):
        return torch.full(shape, v)


def draws(prior: Prior, n: int):
    return prior.normal((n, 2)), prior.constant((n, 2), 1.0)
