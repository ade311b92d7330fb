# SPDX-FileCopyrightText: (c) 2026 Tenstorrent AI ULC
#
# SPDX-License-Identifier: Apache-2.0

"""Sanity test of unfold: PatchTSTModel fails on openvino 2026.4.1 at lower: unsupported-op
unfold, transformers/models/patchtst/modeling_patchtst.py:343. Not run on Tenstorrent
hardware yet."""

import pytest
import torch
from infra import Framework, run_op_test
from utils import Category


# fmt: off
def run(x):
    return x.unfold(1, 4, 2), x.unfold(-1, 2, 1), x.unfold(0, 2, 1), x.unfold(dimension=1, size=9, step=3)
# fmt: on


class Unfold(torch.nn.Module):
    def forward(self, x):
        return run(x)


@pytest.mark.nightly
@pytest.mark.single_device
@pytest.mark.record_test_properties(category=Category.OP_TEST)
def test_unfold():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 9, 3, generator=generator)
    run_op_test(Unfold(), [x], framework=Framework.TORCH)
