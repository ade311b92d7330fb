"""Audio effects chain: a control tensor says which wave shaper the middle stage applies."""
import torch
from torch import nn


class Shaper(nn.Module):
    def __init__(self):
        super().__init__()
        self.drive = nn.Parameter(torch.tensor(1.5))
        self.knee = nn.Parameter(torch.tensor(0.4))

    def forward(self, wave, mode):
        driven = wave * self.drive
        match int(mode):
            case 0:
                return torch.tanh(driven) * self.knee
            case 1:
                clipped = driven.clamp(-1, 1)
                return clipped - self.knee * clipped ** 3 / 3
            case 2:
                return torch.sin(driven) + self.knee
            case _:
                return driven.abs() * self.knee


class EffectsChain(nn.Module):
    def __init__(self, taps=5, channels=4):
        super().__init__()
        self.pre = nn.Conv1d(1, channels, taps, padding=taps // 2)
        self.shaper = Shaper()
        self.post = nn.Conv1d(channels, 1, taps, padding=taps // 2)

    def forward(self, wave, mode):
        return self.post(self.shaper(self.pre(wave), mode))


def load_model():
    torch.manual_seed(21)
    return EffectsChain()


def load_inputs(seed=0):
    g = torch.Generator().manual_seed(seed)
    return {"wave": torch.randn(2, 1, 32, generator=g), "mode": torch.randint(0, 4, (), generator=g)}
