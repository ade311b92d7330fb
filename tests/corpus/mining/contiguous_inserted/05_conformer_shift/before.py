import torch
import torch.nn.functional as F
from torch import nn


class RelativeMultiHead(nn.Module):
    """Attention with the relative-shift trick."""

    def __init__(self, d_model=144, num_heads=4, dropout=0.1):
        super().__init__()
        self.h, self.d = num_heads, d_model // num_heads
        self.q = nn.Linear(d_model, d_model)
        self.k = nn.Linear(d_model, d_model)
        self.v = nn.Linear(d_model, d_model)
        self.p = nn.Linear(d_model, d_model, bias=False)
        self.u = nn.Parameter(torch.zeros(self.h, self.d))
        self.w = nn.Parameter(torch.zeros(self.h, self.d))
        self.out = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def shift(self, score):
        b, h, n, m = score.shape
        padded = F.pad(score, (1, 0)).view(b, h, m + 1, n)
        return padded[:, :, 1:].reshape(b, h, n, m)

    def forward(self, x, pos):
        b, n, _ = x.shape
        q = self.q(x).view(b, n, self.h, self.d)
        k = self.k(x).view(b, n, self.h, self.d)
        v = self.v(x).view(b, n, self.h, self.d)
        p = self.p(pos).view(1, -1, self.h, self.d)
        content = (q + self.u).transpose(1, 2) @ k.permute(0, 2, 3, 1)
        position = (q + self.w).transpose(1, 2) @ p.permute(0, 2, 3, 1)
        score = (content + self.shift(position)) / self.d**0.5
        attn = self.dropout(score.softmax(-1))
        context = (attn @ v.transpose(1, 2)).transpose(1, 2)
        context = context.view(b, n, -1)
        return self.out(context)


class SubsampleFour(nn.Module):
    def __init__(self, bins, width):
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(1, width, 3, 2), nn.ReLU(), nn.Conv2d(width, width, 3, 2), nn.ReLU())
        self.out = nn.Linear(width * (((bins - 1) // 2 - 1) // 2), width)

    def forward(self, mel):
        x = self.conv(mel.unsqueeze(1))
        b, c, t, f = x.size()
        x = x.transpose(1, 2)
        x = x.view(b, t, c * f)     # fold the bins into the channels
        return self.out(x)


class ConvModule(nn.Module):
    def __init__(self, d, k=15):
        super().__init__()
        self.pw1, self.pw2 = nn.Conv1d(d, 2 * d, 1), nn.Conv1d(d, d, 1)
        self.dw, self.bn = nn.Conv1d(d, d, k, padding=k // 2, groups=d), nn.BatchNorm1d(d)

    def forward(self, x):
        x = x.transpose(1, 2)
        x = F.glu(self.pw1(x), dim=1)
        x = self.pw2(F.silu(self.bn(self.dw(x))))
        x = x.transpose(1, 2)
        return x
