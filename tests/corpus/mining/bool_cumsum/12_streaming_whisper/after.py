import logging

import torch
import torch.nn as nn

logger = logging.getLogger(__name__)


class SpeechGate(nn.Module):
    def __init__(self, bins=80, width=32):
        super().__init__()
        self.rnn = nn.GRU(bins, width, batch_first=True)
        self.out = nn.Linear(width, 1)

    def forward(self, mel, state=None):
        h, state = self.rnn(mel, state)
        return torch.sigmoid(self.out(h)[..., 0]), state


class Segmenter:
    """Turns frame probabilities into utterance numbers with hysteresis."""

    def __init__(self, on=0.6, off=0.35, hang=20):
        self.on, self.off, self.hang = on, off, hang

    def utterance(self, p):
        speech = p > self.on
        loud = p > self.off
        onset = speech.clone()
        onset[:, 1:] &= ~loud[:, :-1]
        number = onset.to(torch.int64).cumsum(dim=1)
        return number * loud

    def silence_run(self, p):
        quiet = p < self.off
        total = quiet.to(torch.int64).cumsum(dim=1)
        last = torch.where(quiet, 0, total).cummax(dim=1).values
        return total - last

    def finished(self, p):
        return self.silence_run(p)[:, -1] > self.hang


class Streamer(nn.Module):
    def __init__(self, gate, model, chunk=100):
        super().__init__()
        self.gate, self.model, self.chunk = gate, model, chunk
        self.segmenter = Segmenter()

    def timestamps(self, token_durations, seconds_per_frame=0.02):
        # durations are floats already
        end = token_durations.cumsum(dim=1) * seconds_per_frame
        return torch.stack([end - token_durations * seconds_per_frame, end], dim=-1)

    def forward(self, mel, state=None):
        p, state = self.gate(mel, state)
        number = self.segmenter.utterance(p)
        results = []
        for b in range(mel.shape[0]):
            for u in range(1, int(number[b].max()) + 1):
                frames = mel[b][number[b] == u]
                if len(frames) < 10:
                    logger.debug("utterance %d of row %d is too short", u, b)
                    continue
                results.append((b, u, self.model(frames[None])))
        return results, state


def snr_over_time(power, noise):
    return (power.cumsum(dim=1) / noise.cumsum(dim=1).clamp(min=1e-8)).log10() * 10


def voiced_fraction(pitch):
    return (pitch > 0).float().mean(dim=1)
