import torch
import torch.nn as nn
import torch.nn.functional as F

from asr.nn import DropPath, RelPosAttention, Subsample, calculate_drop_path_rates


class FeedForward(nn.Module):
    def __init__(self, d, expand=4, p=0.1):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.w1, self.w2 = nn.Linear(d, expand * d), nn.Linear(expand * d, d)
        self.p = p

    def forward(self, x):
        return self.w2(F.dropout(F.silu(self.w1(self.norm(x))), self.p, self.training))


class ConvModule(nn.Module):
    def __init__(self, d, k=31):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.point1 = nn.Conv1d(d, 2 * d, 1)
        self.depth = nn.Conv1d(d, d, k, padding=k // 2, groups=d)
        self.bn = nn.BatchNorm1d(d)
        self.point2 = nn.Conv1d(d, d, 1)

    def forward(self, x):
        y = F.glu(self.point1(self.norm(x).mT), dim=1)
        return self.point2(F.silu(self.bn(self.depth(y)))).mT


class ConformerBlock(nn.Module):
    def __init__(self, d, heads, path, kernel=31):
        super().__init__()
        self.ff1, self.ff2 = FeedForward(d), FeedForward(d)
        self.attn, self.conv = RelPosAttention(d, heads), ConvModule(d, kernel)
        self.norm, self.path = nn.LayerNorm(d), DropPath(path)

    def forward(self, x, pos):
        x = x + self.path(0.5 * self.ff1(x))
        x = x + self.path(self.attn(x, pos))
        x = x + self.path(self.conv(x))
        return self.norm(x + self.path(0.5 * self.ff2(x)))


class Conformer(nn.Module):
    def __init__(self, bins, d, heads, encoder_layers, decoder_layers, layerdrop=0.0):
        super().__init__()
        self.front = Subsample(bins, d)
        enc_rates = calculate_drop_path_rates(layerdrop, encoder_layers)
        dec_rates = calculate_drop_path_rates(layerdrop, decoder_layers)
        self.encoder = nn.ModuleList(ConformerBlock(d, heads, r) for r in enc_rates)
        self.decoder = nn.ModuleList(ConformerBlock(d, heads, r, kernel=15) for r in dec_rates)

    def forward(self, mel):
        x, pos = self.front(mel)
        for layer in (*self.encoder, *self.decoder):
            x = layer(x, pos)
        return x


def mel_edges(low, high, n):
    to_mel = lambda f: 2595 * torch.log10(torch.tensor(1 + f / 700))
    points = torch.linspace(to_mel(low).item(), to_mel(high).item(), n + 2)
    return (700 * (10 ** (points / 2595) - 1)).tolist()


def lengths(mask):
    return mask.sum(-1).tolist()
