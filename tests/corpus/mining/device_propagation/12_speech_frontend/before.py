import math

import torch
import torch.nn as nn


def hz_to_mel(f):
    return 2595 * math.log10(1 + f / 700)


class MelFrontEnd(nn.Module):
    def __init__(self, rate=16000, n_fft=400, bins=80):
        super().__init__()
        self.n_fft = n_fft
        edges = 700 * (10 ** (torch.linspace(hz_to_mel(0), hz_to_mel(rate / 2), bins + 2) / 2595) - 1)
        freq = torch.linspace(0, rate / 2, n_fft // 2 + 1)
        up = (freq[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
        down = (edges[2:, None] - freq[None]) / (edges[2:] - edges[1:-1])[:, None]
        self.register_buffer("bank", torch.minimum(up, down).clamp(min=0))

    def forward(self, wave):
        window = torch.hann_window(self.n_fft)
        spec = torch.stft(wave, self.n_fft, self.n_fft // 4, window=window, return_complex=True)
        return (self.bank @ spec.abs().pow(2)).clamp(min=1e-10).log()


class LengthMask(nn.Module):
    def forward(self, mel, lengths):
        steps = torch.arange(mel.shape[-1])
        return steps[None] < lengths[:, None]


class CifPredictor(nn.Module):
    """Integrate and fire: one vector each time the weights add up to one."""

    def __init__(self, d, most=64):
        super().__init__()
        self.out, self.most = nn.Linear(d, 1), most

    def forward(self, h, mask):
        alpha = self.out(h).squeeze(-1).sigmoid() * mask
        total = alpha.cumsum(-1)
        k = torch.arange(self.most)
        low, high = total - alpha, total
        share = (torch.minimum(high[..., None], k + 1.0) - torch.maximum(low[..., None], k.float())).clamp(min=0)
        return share.mT @ h, total[:, -1]


class Decoder(nn.Module):
    def __init__(self, vocab, d, bos=1):
        super().__init__()
        self.emb, self.cell, self.out = nn.Embedding(vocab, d), nn.GRUCell(2 * d, d), nn.Linear(d, vocab)
        self.bos, self.d = bos, d

    def forward(self, chunks):
        b, n, _ = chunks.shape
        token = torch.full((b,), self.bos)
        state = torch.zeros(b, self.d)
        outs = []
        for i in range(n):
            state = self.cell(torch.cat([self.emb(token), chunks[:, i]], -1), state)
            logits = self.out(state)
            token = logits.argmax(-1)
            outs.append(logits)
        return torch.stack(outs, 1)


def chirp(seconds, rate=16000):
    t = torch.arange(int(seconds * rate)) / rate
    return torch.sin(2 * math.pi * (200 + 400 * t) * t)


def batch(waves):
    n = torch.tensor([len(w) for w in waves])
    return nn.utils.rnn.pad_sequence(waves, batch_first=True), n
