# SPDX-FileCopyrightText: (c) 2026 Tenstorrent AI ULC
#
# SPDX-License-Identifier: Apache-2.0

"""Sliding windows by index in place of Tensor.unfold: both versions agree on the CPU.

A view with overlapping windows has no counterpart in backends that copy; the positions
that each window reads are known from the shape.
"""

import pytest
import torch


# fmt: off
def original(x):
    return x.unfold(1, 4, 2), x.unfold(-1, 2, 1), x.unfold(0, 2, 1), x.unfold(dimension=1, size=9, step=3)
# fmt: on


# fmt: off
def sliding_windows(tensor, dimension, size, step):
    """The windows of `tensor.unfold(dimension, size, step)` as a copy: windows in `dimension`, their elements last."""
    dimension = dimension % tensor.dim()
    count = (tensor.shape[dimension] - size) // step + 1
    index = torch.arange(count, device=tensor.device)[:, None] * step + torch.arange(size, device=tensor.device)
    windows = tensor.index_select(dimension, index.reshape(-1)).unflatten(dimension, (count, size))
    return windows.movedim(dimension + 1, -1)
# fmt: on


# fmt: off
def rewritten(x):
    return sliding_windows(x, 1, 4, 2), sliding_windows(x, -1, 2, 1), sliding_windows(x, 0, 2, 1), sliding_windows(x, 1, 9, 3)
# fmt: on


def with_special(values, generator, special):
    """`values` with some of them replaced by the numbers of `special`."""
    count = max(values.numel() // 8, 1)
    places = torch.randperm(values.numel(), generator=generator)[:count]
    chosen = torch.tensor(special)[torch.arange(len(places)) % len(special)]
    values.view(-1)[places] = chosen.to(values.dtype)
    return values


def outcome(function, *inputs):
    """What `function` returns, and what it leaves in its inputs."""
    inputs = [value.clone() for value in inputs]
    return function(*inputs), inputs


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_windows(seed):
    generator = torch.Generator().manual_seed(seed)
    x = with_special(
        torch.randn(2, 9, 3, generator=generator), generator, [float("nan")]
    )
    expected = outcome(original, x)
    got = outcome(rewritten, x)
    torch.testing.assert_close(got, expected, rtol=0, atol=0, equal_nan=True)
