import math
import typing as tp

import torch
from torch import nn
import torchaudio



def load(path: str, rate: int) -> torch.Tensor:
    if torchaudio is None:
        raise RuntimeError("loading needs torchaudio")
    wave, found = torchaudio.load(path)
    return torchaudio.functional.resample(wave, found, rate)


@torch.jit.script
def snake(x: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    return x + (alpha + 1e-9).reciprocal() * torch.sin(alpha * x).pow(2)


class Snake(nn.Module):
    def __init__(self, c: int):
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(1, c, 1))

    def forward(self, x):
        return snake(x, self.alpha)


class Unit(nn.Module):
    def __init__(self, c: int, dilation: int):
        super().__init__()
        self.net = nn.Sequential(Snake(c), nn.Conv1d(c, c, 7, dilation=dilation, padding=3 * dilation), Snake(c), nn.Conv1d(c, c, 1))

    @torch.compile
    def forward(self, x):
        return x + self.net(x)


class Encoder(nn.Module):
    def __init__(self, c: int = 16, strides: tp.Sequence[int] = (2, 4, 5), out: int = 64):
        super().__init__()
        layers: tp.List[nn.Module] = [nn.Conv1d(1, c, 7, padding=3)]
        for s in strides:
            layers += [Unit(c, d) for d in (1, 3)] + [nn.Conv1d(c, 2 * c, 2 * s, s, math.ceil(s / 2))]
            c *= 2
        self.net, self.out, self.hop = nn.Sequential(*layers), nn.Conv1d(c, out, 3, padding=1), math.prod(strides)

    @torch.cuda.amp.autocast(enabled=False)
    def forward(self, wave):
        return self.out(self.net(wave.float()))

    @property
    def frame_rate(self) -> float:
        return 16000 / self.hop


class LookupFree(nn.Module):
    def __init__(self, bits: int):
        super().__init__()
        self.register_buffer("weight", 2 ** torch.arange(bits))

    def forward(self, z):
        q = torch.where(z > 0, 1.0, -1.0)
        return z + (q - z).detach(), ((q > 0).long() * self.weight[:, None]).sum(1)


@tp.runtime_checkable
class Codec(tp.Protocol):
    def encode(self, wave: torch.Tensor) -> torch.Tensor: ...
