import torch
from torch import Tensor


def causal(n: int, device=None) -> Tensor:
    i = torch.arange(n, device=device)
    return i[None] <= i[:, None]


def window(n: int, size: int, device=None) -> Tensor:
    i = torch.arange(n, device=device)
    gap = i[:, None] - i[None]
    return (gap >= 0) & (gap < size)


def blocks(document: Tensor) -> Tensor:
    return document[:, :, None] == document[:, None]


def to_bias(keep: Tensor, dtype: torch.dtype) -> Tensor:
    """True stays 0, False becomes the least number of the type."""
    zero = torch.zeros((), dtype=dtype, device=keep.device)
    return torch.where(keep, zero, torch.finfo(dtype).min)


def positions(keep: Tensor) -> Tensor:
    count = keep.to(torch.int64).cumsum(dim=-1)
    return (count - 1).clamp(min=0)


def segment_ids(starts: Tensor) -> Tensor:
    return torch.cumsum(starts.long(), dim=-1) - 1


def spans(keep: Tensor) -> list[tuple[int, int]]:
    row = keep.tolist()
    out, begin = [], None
    for i, k in enumerate(row + [False]):
        if k and begin is None:
            begin = i
        elif not k and begin is not None:
            out.append((begin, i))
            begin = None
    return out


def fill(x: Tensor, keep: Tensor, value: float) -> Tensor:
    return torch.where(keep, x, value)


def crop(x: Tensor, spans_: list[tuple[int, int]]) -> list[Tensor]:
    return [x[a:b] for a, b in spans_]


def scatter_rows(x: Tensor, rows: Tensor, n: int) -> Tensor:
    out = x.new_zeros(n, *x.shape[1:])
    return out.index_copy(0, rows, x)


class MaskCache(dict):
    """One mask a length; a dictionary that fills itself."""

    def __missing__(self, n):
        self[n] = causal(n)
        return self[n]
