import torch
import torch.nn.functional as tf
from torch import nn


class Encoder(nn.Module):
    """Reads the past of a series; pads are zero and carry no weight."""

    def __init__(self, features, width, layers=2):
        super().__init__()
        self.rnn = nn.LSTM(features, width, layers, batch_first=True)
        self.score = nn.Linear(width, 1)

    def forward(self, x, lengths):
        h, state = self.rnn(x)
        steps = torch.arange(x.shape[1], device=x.device)
        keep = steps[None] < lengths[:, None]
        s = self.score(h).squeeze(-1)
        s = s.masked_fill(~keep, torch.finfo(s.dtype).min)
        w = tf.softmax(s, dim=-1)
        return torch.einsum("bn,bnd->bd", w, h), state


class Decoder(nn.Module):
    def __init__(self, width, horizon):
        super().__init__()
        self.cell = nn.LSTMCell(1, width)
        self.out = nn.Linear(width, 1)
        self.horizon = horizon

    def forward(self, context, last):
        h, c = context, torch.zeros_like(context)
        outs = []
        for _ in range(self.horizon):
            h, c = self.cell(last, (h, c))
            last = self.out(h)
            outs.append(last)
        return torch.cat(outs, dim=1)


class Forecaster(nn.Module):
    def __init__(self, features=4, width=64, horizon=12):
        super().__init__()
        self.encoder, self.decoder = Encoder(features, width), Decoder(width, horizon)

    def forward(self, x, lengths):
        context, _ = self.encoder(x, lengths)
        return self.decoder(context, x[:, -1, :1])


def running_total(values):
    return torch.cumsum(values, dim=-1)


def growth(values, eps=1e-4):
    total = running_total(values)
    return total[..., 1:] / total[..., :-1].clamp(min=eps)
