"""Whether outputs are those of PyTorch, as far as a diagnosis has to know. The verdict is the judge's."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from adapt_harness.arrays import dtype_name

# Relative L2 by dtype: what the judge allows where it has no float64 run (docs/JUDGE.md).
_MOST = {torch.float64: 1e-10, torch.float32: 1e-5, torch.float16: 4e-3, torch.bfloat16: 2e-2}
_MOST_OF_OTHERS = 6e-2  # 8 bits


class OutputsDiffer(Exception):
    """The backend computes something else than PyTorch."""

    failure_class = "output-mismatch"


def difference(names: Sequence[str], want: Sequence[torch.Tensor], got: Sequence[torch.Tensor]) -> str | None:
    """The first output that differs and how; None where all agree."""
    if len(want) != len(got):
        return f"{len(got)} outputs in place of {len(want)}"
    for name, left, right in zip(names, want, got):
        found = _of_one(left, right)
        if found:
            return f"output '{name}' {found}"
    return None


def _of_one(want: torch.Tensor, got: torch.Tensor) -> str | None:
    if want.shape != got.shape or want.dtype != got.dtype:
        return f"is {dtype_name(got)} {list(got.shape)}, not {dtype_name(want)} {list(want.shape)}"
    if want.is_complex():
        wide = [torch.view_as_real(tensor.resolve_conj()) for tensor in (want, got)]
        return _of_floats(*wide, _MOST.get(wide[0].dtype, _MOST_OF_OTHERS))
    if want.is_floating_point():
        return _of_floats(want, got, _MOST.get(want.dtype, _MOST_OF_OTHERS))
    unequal = int((want != got).sum())
    return f"differs at {unequal} of {want.numel()} places" if unequal else None


def _of_floats(want: torch.Tensor, got: torch.Tensor, most: float) -> str | None:
    left, right = _marks(want), _marks(got)
    if not torch.equal(left, right):
        return f"has NaN, infinities or fill values elsewhere, at {int((left != right).sum())} of {want.numel()} places"
    plain = left == 0
    a, b = want.double()[plain], got.double()[plain]
    # Zeros have no size to compare with: then a typical value counts.
    size = float(a.norm()) or math.sqrt(max(a.numel(), 1))
    error = float((a - b).norm()) / size
    return None if error <= most else f"differs by {error:.3g} (relative L2, at most {most:g})"


def _marks(tensor: torch.Tensor) -> torch.Tensor:
    """Where NaN, an infinity or about the dtype's largest number stands, as masks have it; 0 everywhere else."""
    wide = tensor.double()
    largest = wide.abs() >= torch.finfo(tensor.dtype).max / 2
    return torch.where(wide.isnan(), 3.0, wide.sign() * (largest.double() + wide.isinf().double()))
