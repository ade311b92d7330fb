# SPDX-FileCopyrightText: (c) 2026 Tenstorrent AI ULC
#
# SPDX-License-Identifier: Apache-2.0
"""
PonderNet model loader implementation.

The unmodified model fails on export 2.13.0 at capture: data-dependent, model.py:12.

The change was written by hand.

With the change it passes on export 2.13.0; its outputs were compared with the
unmodified model's in PyTorch on 3 drawn inputs (no difference). It was not run on
Tenstorrent hardware.
"""

import torch

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
from .src import modeling


class ModelVariant(StrEnum):
    """Available PonderNet model variants."""

    BASE = "Base"


class ModelLoader(ForgeModel):
    """PonderNet model loader implementation."""

    _VARIANTS = {
        ModelVariant.BASE: ModelConfig(pretrained_model_name="ponder_net-base"),
    }

    DEFAULT_VARIANT = ModelVariant.BASE

    @classmethod
    def _get_model_info(cls, variant: ModelVariant) -> ModelInfo:
        """Get model information for dashboard and metrics reporting.

        Args:
            variant: ModelVariant that the information is about.

        Returns:
            ModelInfo: Information about the model and variant.
        """
        return ModelInfo(
            model="PonderNet",
            variant=variant,
            group=ModelGroup.GENERALITY,
            task=ModelTask.ATOMIC_ML,
            source=ModelSource.CUSTOM,
            framework=Framework.TORCH,
        )

    def load_model(self, *, dtype_override=None, **kwargs):
        """Load and return the PonderNet model with the adaptation applied.

        The model is the one of src/modeling.py, with weights drawn from a fixed seed.

        Args:
            dtype_override: Optional torch.dtype to override the model's default dtype.
                            If not provided, the model will use its default dtype.
            **kwargs: Further arguments of the model's constructor.

        Returns:
            torch.nn.Module: The PonderNet model instance.
        """
        torch.manual_seed(0)
        model = modeling.load_model(**kwargs)
        if dtype_override is not None:
            model = model.to(dtype_override)
        return model.eval()

    def load_inputs(self, dtype_override=None):
        """Load and return sample inputs for the PonderNet model.

        Args:
            dtype_override: Optional torch.dtype of the floating-point inputs.

        Returns:
            dict: Input tensors by the name of the argument.
        """
        torch.manual_seed(0)
        inputs = modeling.load_inputs(seed=0)
        if dtype_override is not None:
            inputs["x"] = inputs["x"].to(dtype_override)
        return inputs
