import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class AutoGain(nn.Module):
    def __init__(self, target=-20.0, most=30.0):
        super().__init__()
        self.target, self.most = target, most

    def forward(self, wave):
        rms = wave.pow(2).mean().sqrt()
        level = 20 * torch.log10(rms.clamp(min=1e-5))
        gain = self.target - level
        gain = torch.where(gain > self.most, torch.full_like(gain, self.most), gain)
        out = wave * 10 ** (gain / 20)
        peak = out.abs().max()
        out = torch.where(peak > 1.0, out / peak, out)
        return out


class VoiceActivity(nn.Module):
    def __init__(self, bins=40, d=32):
        super().__init__()
        self.rnn, self.out = nn.GRU(bins, d, batch_first=True), nn.Linear(d, 1)

    def forward(self, mel):
        p = self.out(self.rnn(mel)[0]).sigmoid()
        speech = p.mean()
        return torch.where(speech > 0.5, mel * p, torch.zeros_like(mel))


class Denoiser(nn.Module):
    def __init__(self, bins=40, mode="mask"):
        super().__init__()
        self.net, self.mode = nn.Conv1d(bins, bins, 5, padding=2), mode

    def forward(self, mel):
        m = self.net(mel.mT).mT
        if self.mode == "mask":
            return mel * m.sigmoid()
        else:
            return mel + m


class Frontend(nn.Module):
    def __init__(self, n=400, hop=160, bins=40):
        super().__init__()
        self.n, self.hop = n, hop
        self.register_buffer("bank", torch.rand(bins, n // 2 + 1))
        self.agc, self.vad, self.denoise = AutoGain(), VoiceActivity(bins), Denoiser(bins)

    def forward(self, wave):
        wave = self.agc(wave)
        if wave.shape[-1] < self.n:
            wave = F.pad(wave, (0, self.n - wave.shape[-1]))
        frames = wave.unfold(-1, self.n, self.hop)
        mel = torch.log(torch.fft.rfft(frames).abs() @ self.bank.T + 1e-6)
        return self.vad(self.denoise(mel))


def db(x):
    if x <= 0:
        return -math.inf
    return 20 * math.log10(x)


def segments(flags):
    out, start = [], None
    for i, f in enumerate(flags):
        if f and start is None:
            start = i
        elif not f and start is not None:
            out.append((start, i))
            start = None
    return out
