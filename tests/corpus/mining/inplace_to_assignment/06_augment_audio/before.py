import random
import torch
import torch.nn as nn


class SpecAugment(nn.Module):
    """Time and frequency masks, in the style of speech recognition recipes."""

    def __init__(self, freq=27, time=100, n_freq=2, n_time=2, p=0.05):
        super().__init__()
        self.freq, self.time, self.n_freq, self.n_time, self.p = freq, time, n_freq, n_time, p

    def _mask(self, spec, axis, width, count):
        size = spec.shape[axis]
        index = torch.arange(size, device=spec.device)
        for _ in range(count):
            w = random.randint(0, min(width, size))
            start = random.randint(0, size - w)
            hit = (index >= start) & (index < start + w)
            hit = hit[:, None] if axis == -2 else hit[None, :]
            spec.masked_fill_(hit, 0.0)
        return spec

    def forward(self, spec):
        if not self.training:
            return spec
        spec = self._mask(spec, -2, self.freq, self.n_freq)
        return self._mask(spec, -1, min(self.time, int(self.p * spec.shape[-1])), self.n_time)


class LogMel(nn.Module):
    def __init__(self, bank, floor=1e-10):
        super().__init__()
        self.register_buffer("bank", bank)
        self.floor = floor

    def forward(self, power):
        mel = self.bank @ power
        mel.clamp_(min=self.floor)
        mel.log10_()
        # whisper-like range compression
        top = mel.amax(dim=(-2, -1), keepdim=True)
        mel = torch.maximum(mel, top - 8.0)
        mel.add_(4.0)
        mel.div_(4.0)
        return mel


class RunningNorm(nn.Module):
    def __init__(self, bins, momentum=0.01):
        super().__init__()
        self.momentum = momentum
        self.register_buffer("mean", torch.zeros(bins, 1))
        self.register_buffer("var", torch.ones(bins, 1))

    def forward(self, mel):
        if self.training:
            with torch.no_grad():
                m = mel.mean(dim=(0, 2))[:, None]
                v = mel.var(dim=(0, 2))[:, None]
                # buffers keep their storage, checkpoints are mapped
                self.mean.lerp_(m, self.momentum)
                self.var.lerp_(v, self.momentum)
        out = mel - self.mean
        out.div_(self.var.sqrt() + 1e-5)
        return out


def mix(a, b, snr_db):
    gain = (a.pow(2).mean() / b.pow(2).mean().clamp(min=1e-9)).sqrt() * 10 ** (-snr_db / 20)
    return a + gain * b
