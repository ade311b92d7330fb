import os
import torch
from torch import Tensor, nn

try:
    import triton
except ImportError:
    triton = None

BLOCK = int(os.environ.get("BLOCK", 128))


def next_power(n: int) -> int:
    return triton.next_power_of_2(n) if triton is not None else 1 << (n - 1).bit_length()


class PaddedSoftmax(nn.Module):
    """Pads rows to a power of two, which the kernels like."""

    def forward(self, x: Tensor) -> Tensor:
        n = x.shape[-1]
        p = next_power(n)
        x = nn.functional.pad(x, (0, p - n), value=torch.finfo(x.dtype).min)
        return x.softmax(-1)[..., :n]


def swiglu(x: Tensor, w: Tensor) -> Tensor:
    a, b = torch.nn.functional.linear(x, w).chunk(2, dim=-1)
    return torch.nn.functional.silu(a) * b


class BlockSparse(nn.Module):
    def __init__(self, layout: Tensor, block: int = BLOCK):
        super().__init__()
        self.register_buffer("layout", layout.bool())
        self.block, self.softmax = block, PaddedSoftmax()

    def mask(self) -> Tensor:
        m = self.layout.repeat_interleave(self.block, -1)
        return m.repeat_interleave(self.block, -2)

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        s = q @ k.mT * q.shape[-1] ** -0.5
        s = s.masked_fill(~self.mask(), torch.finfo(s.dtype).min)
        return self.softmax(s) @ v


class Layer(nn.Module):
    def __init__(self, d: int, layout: Tensor, block: int):
        super().__init__()
        self.qkv, self.o = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.w = nn.Parameter(torch.randn(2 * d, d) * d**-0.5)
        self.attn = BlockSparse(layout, block)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).chunk(3, -1)
        x = x + self.o(self.attn(q, k, v))
        return x + swiglu(x, self.w)


@torch.no_grad()
def bench(layer: nn.Module, x: Tensor, n: int = 10) -> float:
    from time import perf_counter

    start = perf_counter()
    for _ in range(n):
        layer(x)
    return (perf_counter() - start) / n


def causal_layout(n: int) -> Tensor:
    return torch.ones(n, n).tril()
