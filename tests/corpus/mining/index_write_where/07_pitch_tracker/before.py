import math
import torch


class Yin(torch.nn.Module):
    """Fundamental frequency per frame; 0 where unvoiced."""

    def __init__(self, rate=16000, frame=1024, hop=256, low=60.0, high=500.0, threshold=0.15):
        super().__init__()
        self.rate, self.frame, self.hop = rate, frame, hop
        self.lo, self.hi = int(rate / high), int(rate / low)
        self.threshold = threshold

    def difference(self, x):
        n = self.frame // 2
        spec = torch.fft.rfft(x, n=2 * self.frame)
        acf = torch.fft.irfft(spec * spec.conj())[..., :n]
        energy = x.pow(2).cumsum(-1)
        e0 = energy[..., n - 1 : n]
        et = energy[..., n - 1 : 2 * n - 1] - energy[..., :n]
        return e0 + et - 2 * acf

    def forward(self, wave):
        frames = wave.unfold(-1, self.frame, self.hop)
        d = self.difference(frames)
        mean = d.cumsum(-1) / torch.arange(1, d.shape[-1] + 1, device=d.device)
        cmnd = d / mean.clamp(min=1e-9)
        cmnd[..., 0] = 1.0
        search = cmnd[..., self.lo : self.hi]
        best = search.amin(-1)
        lag = search.argmin(-1) + self.lo
        f0 = self.rate / lag.float()
        unvoiced = best > self.threshold
        f0[unvoiced] = 0.0
        return f0, 1 - best


def to_cents(f0, reference=440.0):
    cents = 1200 * torch.log2(f0 / reference)
    cents[f0 <= 0] = float("nan")
    return cents


def hold(f0):
    """Carry the last voiced value over gaps."""
    t = torch.arange(f0.shape[-1], device=f0.device).expand_as(f0)
    voiced = f0 > 0
    index = torch.zeros_like(t)
    index[voiced] = t[voiced]
    index = index.cummax(-1).values
    return f0.gather(-1, index)


def median(f0, k=5):
    pad = torch.nn.functional.pad(f0, (k // 2, k // 2), mode="reflect")
    out = pad.unfold(-1, k, 1).median(-1).values
    silent = f0 == 0
    if silent.ndim:
        out[silent] = 0
    return out


def notes(f0, names):
    counts = {}
    for v in f0[f0 > 0].tolist():
        n = names[round(69 + 12 * math.log2(v / 440)) % 12]
        counts[n] = counts.get(n, 0) + 1
    return counts
