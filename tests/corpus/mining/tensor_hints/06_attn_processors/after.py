from typing import Optional, Protocol, Callable
import torch
import torch.nn.functional as F
from torch import nn


class Processor(Protocol):
    def __call__(self, attn: "Attention", x: torch.Tensor, context: Optional[torch.Tensor] = None) -> torch.Tensor: ...


class Plain:
    def __call__(
        self,
        attn,
        x: torch.Tensor,
        context: Optional[torch.Tensor] = None,
        mask: Optional[torch.Tensor] = None,
        temb: Optional[torch.Tensor] = None,
    ) -> torch.Tensor:
        context = x if context is None else context
        q, k, v = attn.q(x), attn.k(context), attn.v(context)
        s = q @ k.mT * attn.scale
        s = s if mask is None else s + mask
        return attn.o(s.softmax(-1) @ v)


class Sliced:
    def __init__(self, size: int):
        self.size = size

    def __call__(self, attn, x: torch.Tensor, context: Optional[torch.Tensor] = None) -> torch.Tensor:
        context = x if context is None else context
        q, k, v = attn.q(x), attn.k(context), attn.v(context)
        parts = [(a @ k.mT * attn.scale).softmax(-1) @ v for a in q.split(self.size, dim=1)]
        return attn.o(torch.cat(parts, 1))


class Attention(nn.Module):
    def __init__(self, d: int, cross: Optional[int] = None, processor: Optional[Processor] = None):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(d, d), nn.Linear(cross or d, d), nn.Linear(cross or d, d)
        self.o, self.scale = nn.Linear(d, d), d**-0.5
        self.processor = processor or Plain()

    def forward(self, x: torch.Tensor, context: Optional[torch.Tensor] = None) -> torch.Tensor:
        return self.processor(self, x, context)


class GEGLU(nn.Module):
    def __init__(self, d: int):
        super().__init__()
        self.up, self.down = nn.Linear(d, 8 * d), nn.Linear(4 * d, d)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a, g = self.up(x).chunk(2, -1)
        return self.down(a * F.gelu(g))


def hook(fn: Callable[[torch.Tensor], torch.Tensor]) -> Callable:
    def inner(module: nn.Module, args: tuple, out: torch.Tensor) -> torch.Tensor:
        return fn(out)

    return inner


def parse(name: str) -> torch.dtype:
    table = {"torch.FloatTensor": torch.float32, "torch.HalfTensor": torch.float16}
    return table[name]
