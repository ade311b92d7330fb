import torch
import torch.nn as nn


def squash(s, dim=-1, eps=1e-8):
    n2 = (s * s).sum(dim, keepdim=True)
    scale = n2 / (1 + n2)
    scale = scale.div((n2 + eps).sqrt())
    return scale * s


class PrimaryCaps(nn.Module):
    def __init__(self, cin, caps, dim, kernel=5):
        super().__init__()
        self.conv = nn.Conv2d(cin, caps * dim, kernel, stride=2)
        self.dim = dim

    def forward(self, x):
        x = self.conv(x)
        return squash(x.view(x.size(0), -1, self.dim))


class RoutingCaps(nn.Module):
    def __init__(self, n_in, d_in, n_out, d_out, rounds=3):
        super().__init__()
        self.w = nn.Parameter(torch.randn(n_in, n_out, d_in, d_out) * 0.05)
        self.rounds = rounds

    def forward(self, u):
        votes = torch.einsum("bid,iodk->biok", u, self.w)
        logit = votes.new_zeros(votes.shape[:3])
        for r in range(self.rounds):
            c = logit.softmax(dim=2)
            v = squash((c[..., None] * votes).sum(dim=1))
            if r + 1 < self.rounds:
                logit = logit.add((votes * v[:, None]).sum(-1))
        return v


class MarginLoss(nn.Module):
    def __init__(self, pos=0.9, neg=0.1, down=0.5):
        super().__init__()
        self.pos, self.neg, self.down = pos, neg, down

    def forward(self, v, label):
        length = v.norm(dim=-1)
        want = nn.functional.one_hot(label, length.shape[1]).to(length.dtype)
        up = self.pos - length
        up = up.clamp(min=0); up = up.pow(2)
        down = length - self.neg
        down = down.clamp(min=0); down = down.pow(2)
        return (want * up + self.down * (1 - want) * down).sum(1).mean()


class CapsNet(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 64, 9), nn.ReLU(inplace=True))
        self.primary = PrimaryCaps(64, 8, 8)
        self.digits = RoutingCaps(8 * 8 * 8, 8, classes, 16)
        self.apply(self.init_)

    @staticmethod
    def init_(m):
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight)
            if m.bias is not None: m.bias.data.fill_(0.01)

    def forward(self, image):
        return self.digits(self.primary(self.stem(image)))
