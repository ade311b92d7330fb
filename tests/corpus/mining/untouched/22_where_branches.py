import torch
from torch import Tensor, nn


class Soft(nn.Module):
    """Selections written as data, from the start."""

    def __init__(self, d: int, limit: float = 6.0):
        super().__init__()
        self.a, self.b = nn.Linear(d, d), nn.Linear(d, d)
        self.limit = limit

    def forward(self, x: Tensor) -> Tensor:
        peak = x.abs().amax()
        y = torch.where(peak > self.limit, self.a(x), self.b(x))
        return torch.where(y > 0, y, 0.01 * y)


class Clamp(nn.Module):
    def __init__(self, low=None, high=None):
        super().__init__()
        self.low, self.high = low, high

    def forward(self, x: Tensor) -> Tensor:
        if self.low is not None:
            x = x.clamp(min=self.low)
        if self.high is not None:
            x = x.clamp(max=self.high)
        return x


class Scale(nn.Module):
    def __init__(self, d: int, learned: bool):
        super().__init__()
        self.g = nn.Parameter(torch.ones(d)) if learned else None

    def forward(self, x: Tensor) -> Tensor:
        if self.g is None:
            y = x
        else:
            y = x * self.g
        return y


class Net(nn.Module):
    def __init__(self, d: int = 16, depth: int = 2):
        super().__init__()
        self.layers = nn.ModuleList(Soft(d) for _ in range(depth))
        self.tail = nn.Sequential(Clamp(-10, 10), Scale(d, True))

    def forward(self, x: Tensor, n: int = 1) -> Tensor:
        for layer in self.layers:
            x = x + layer(x)
        if n > 1:
            x = x.repeat(n, 1)
        return self.tail(x)


def fraction(x: Tensor, low: float) -> float:
    f = float((x < low).float().mean())
    if f > 0.5:
        print(f"{f:.0%} are below {low}")
    return f


def safe_log(x: Tensor) -> Tensor:
    ok = x > 0
    return torch.where(ok, torch.where(ok, x, 1.0).log(), torch.finfo(x.dtype).min)
