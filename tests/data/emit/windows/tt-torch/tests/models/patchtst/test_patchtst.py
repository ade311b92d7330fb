# SPDX-FileCopyrightText: (c) 2026 Tenstorrent AI ULC
#
# SPDX-License-Identifier: Apache-2.0
"""
PatchTST on Tenstorrent hardware, with the adaptation applied.

The unmodified model fails on openvino 2026.4.1 at lower: unsupported-op unfold,
transformers/models/patchtst/modeling_patchtst.py:343.

Sliding windows by index in place of Tensor.unfold. A view with overlapping windows has
no counterpart in backends that copy; the positions that each window reads are known
from the shape.

With the change it passes on openvino 2026.4.1; its outputs were compared with the
unmodified model's in PyTorch on 3 drawn inputs (largest relative error 3.2e-07). It was
not run on Tenstorrent hardware.
"""

from pathlib import Path

import pytest
import torch
from transformers.models.patchtst.modeling_patchtst import PatchTSTModel
from tt_torch.tools.utils import CompileDepth, CompilerConfig, OpByOpBackend

from tests.models.patchtst import patchtst_adaptation
from tests.utils import ModelTester

CONFIG = Path(__file__).parent / "patchtst_config.json"


class ThisTester(ModelTester):
    def _load_model(self):
        patchtst_adaptation.apply()
        config = PatchTSTModel.config_class.from_json_file(CONFIG)
        torch.manual_seed(0)
        model = PatchTSTModel(config)
        return model.to(torch.bfloat16)

    def _load_inputs(self):
        torch.manual_seed(0)
        inputs = {"past_values": torch.randn(1, 32, 1)}
        inputs["past_values"] = inputs["past_values"].to(torch.bfloat16)
        return inputs


@pytest.mark.unspecified
@pytest.mark.parametrize("mode", ["eval"])
@pytest.mark.parametrize(
    "op_by_op",
    [OpByOpBackend.STABLEHLO, OpByOpBackend.TORCH, None],
    ids=["op_by_op_stablehlo", "op_by_op_torch", "full"],
)
def test_patchtst(record_property, mode, op_by_op):
    cc = CompilerConfig()
    cc.enable_consteval = True
    cc.consteval_parameters = True
    if op_by_op:
        cc.compile_depth = CompileDepth.EXECUTE_OP_BY_OP
        if op_by_op == OpByOpBackend.STABLEHLO:
            cc.op_by_op_backend = OpByOpBackend.STABLEHLO

    tester = ThisTester(
        "PatchTST",
        mode,
        compiler_config=cc,
        record_property_handle=record_property,
        model_group="generality",
        assert_pcc=True,
        assert_atol=False,
    )
    results = tester.test_model()
    if not op_by_op:
        assert results.last_hidden_state.shape == (1, 1, 32, 64)
        assert results.loc.shape == (1, 1, 1)
    tester.finalize()
