"""Automatic gain: the signal is amplified in steps until it is loud enough, then a convolutional net listens."""
import torch
from torch import nn


@torch.jit.script
def amplify(signal: torch.Tensor, gain: torch.Tensor, loud: float) -> torch.Tensor:
    steps = 0
    while steps < 6 and bool(signal.abs().mean() < loud):
        signal = torch.tanh(signal * gain)
        steps += 1
    return signal


class Listener(nn.Module):
    def __init__(self, channels=4):
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(1.6))
        self.ear = nn.Conv1d(1, channels, 5, stride=2)
        self.out = nn.Linear(channels, 2)

    def forward(self, signal):
        louder = amplify(signal, self.gain, 0.5)
        return self.out(torch.relu(self.ear(louder)).amax(-1))


def load_model():
    torch.manual_seed(125)
    return Listener()


def load_inputs(seed=0):
    g = torch.Generator().manual_seed(seed)
    return {"signal": torch.randn(2, 1, 24, generator=g) * (0.1 + 0.8 * torch.rand((), generator=g))}
