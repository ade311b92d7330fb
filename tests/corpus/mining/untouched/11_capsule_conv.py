import torch
import torch.nn as nn


class Routing(nn.Module):
    def __init__(self, n_in, n_out, d_in, d_out, rounds=3):
        super().__init__()
        self.w = nn.Parameter(torch.randn(n_in, n_out, d_in, d_out) * 0.1)
        self.rounds = rounds

    def squash(self, s):
        n2 = s.pow(2).sum(-1, keepdim=True)
        return n2 / (1 + n2) * s / (n2 + 1e-8).sqrt()

    def forward(self, u):
        votes = torch.einsum("bid,iode->bioe", u, self.w)
        logits = torch.zeros_like(votes[..., 0])
        v = None
        for _ in range(self.rounds):
            c = logits.softmax(2)
            v = self.squash((c[..., None] * votes).sum(1))
            logits = logits + (votes * v[:, None]).sum(-1)
        return v


class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv = nn.Conv2d(1, 32, 9, stride=2)
        self.primary = nn.Conv2d(32, 32, 5, stride=2)
        self.route = Routing(4 * 16, classes, 8, 16)

    def forward(self, x):
        x = nn.functional.relu(self.conv(x), inplace=True)
        x = self.primary(x)
        b = x.shape[0]
        x = x.permute(0, 2, 3, 1).reshape(b, -1, 8)
        return self.route(x)


class Decoder(nn.Module):
    def __init__(self, classes=10, d=16, side=28):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(classes * d, 256), nn.ReLU(True), nn.Linear(256, side * side), nn.Sigmoid())
        self.side = side

    def forward(self, v, label=None):
        length = v.norm(dim=-1)
        chosen = length.argmax(-1) if label is None else label
        hot = nn.functional.one_hot(chosen, v.shape[1]).to(v.dtype)
        return self.net((v * hot[..., None]).flatten(1)).view(-1, self.side, self.side)


def margin(length, label, pos=0.9, neg=0.1):
    hot = nn.functional.one_hot(label, length.shape[1])
    up, down = (pos - length).clamp(min=0), (length - neg).clamp(min=0)
    return (hot * up.pow(2) + 0.5 * (1 - hot) * down.pow(2)).sum(1).mean()
