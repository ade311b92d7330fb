import torch
from torch import nn


class EncoderLayer(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.attn = nn.MultiheadAttention(d, heads, batch_first=True)
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.fc1, self.fc2 = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, hidden, mask=None):
        if mask is not None:
            mask = mask[:, None]
        y, _ = self.attn(hidden, hidden, hidden, attn_mask=mask, need_weights=False)
        hidden = self.n1(hidden + y)
        hidden = self.n2(hidden + self.fc2(torch.relu(self.fc1(hidden))))
        clamp = torch.finfo(hidden.dtype).max - 1000
        hidden = torch.where(torch.isinf(hidden).any() | torch.isnan(hidden).any(), torch.clamp(hidden, min=-clamp, max=clamp), hidden)
        return hidden


class Gate(nn.Module):
    """Opens when the batch looks noisy."""

    def __init__(self, d):
        super().__init__()
        self.soft, self.hard = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, x):
        noise = x.std()
        y = torch.where(noise > 1.5, self.soft(x), self.hard(x))
        return x + y


class Model(nn.Module):
    def __init__(self, d=64, depth=2):
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(d, 4) for _ in range(depth))
        self.gate = Gate(d)

    def forward(self, x, mask=None):
        for layer in self.layers:
            x = layer(x, mask)
        if self.training:
            x = nn.functional.dropout(x, 0.1)
        return self.gate(x)


def crop(x, limit):
    if x.shape[1] > limit:
        x = x[:, :limit]
    return x


def check(x):
    """For tests: raises, so it has to look."""
    if torch.isnan(x).any():
        raise ValueError("nan in the output")
    return x
