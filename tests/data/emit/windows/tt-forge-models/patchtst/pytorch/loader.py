# SPDX-FileCopyrightText: (c) 2026 Tenstorrent AI ULC
#
# SPDX-License-Identifier: Apache-2.0
"""
PatchTST model loader implementation.

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

import torch
from transformers.models.patchtst.modeling_patchtst import PatchTSTModel

from ...base import ForgeModel
from ...config import (
    Framework,
    ModelConfig,
    ModelGroup,
    ModelInfo,
    ModelSource,
    ModelTask,
    StrEnum,
)
from .src import adaptation

CONFIG = Path(__file__).parent / "src" / "config.json"


class ModelVariant(StrEnum):
    """Available PatchTST model variants."""

    TINY = "Tiny"


class ModelLoader(ForgeModel):
    """PatchTST model loader implementation."""

    _VARIANTS = {
        ModelVariant.TINY: ModelConfig(pretrained_model_name="patchtst-tiny"),
    }

    DEFAULT_VARIANT = ModelVariant.TINY

    @classmethod
    def _get_model_info(cls, variant: ModelVariant) -> ModelInfo:
        """Get model information for dashboard and metrics reporting.

        Args:
            variant: ModelVariant that the information is about.

        Returns:
            ModelInfo: Information about the model and variant.
        """
        return ModelInfo(
            model="PatchTST",
            variant=variant,
            group=ModelGroup.GENERALITY,
            task=ModelTask.ATOMIC_ML,
            source=ModelSource.HUGGING_FACE,
            framework=Framework.TORCH,
        )

    def load_model(self, *, dtype_override=None, **kwargs):
        """Load and return the PatchTST model with the adaptation applied.

        The model has the configuration of src/config.json (tiny size) and random
        weights from a fixed seed.

        Args:
            dtype_override: Optional torch.dtype to override the model's default dtype.
                            If not provided, the model will use its default dtype.
            **kwargs: Further arguments of the model's constructor.

        Returns:
            torch.nn.Module: The PatchTST model instance.
        """
        adaptation.apply()
        config = PatchTSTModel.config_class.from_json_file(CONFIG)
        torch.manual_seed(0)
        model = PatchTSTModel(config, **kwargs)
        if dtype_override is not None:
            model = model.to(dtype_override)
        return model.eval()

    def load_inputs(self, dtype_override=None, batch_size=1):
        """Load and return sample inputs for the PatchTST model.

        Args:
            dtype_override: Optional torch.dtype of the floating-point inputs.
            batch_size: Number of rows. Defaults to 1.

        Returns:
            dict: Input tensors by the name of the argument.
        """
        torch.manual_seed(0)
        inputs = {"past_values": torch.randn(1, 32, 1)}
        for name in inputs:
            inputs[name] = inputs[name].repeat_interleave(batch_size, dim=0)
        if dtype_override is not None:
            inputs["past_values"] = inputs["past_values"].to(dtype_override)
        return inputs
