"""A loader in no checkout: its model asks a tensor which way to go, as a loader's own model code does."""

import torch

from ...base import ForgeModel
from ...config import Framework, LLMModelConfig, ModelGroup, ModelInfo, ModelSource, ModelTask, StrEnum
from .src.model import Gate


class ModelVariant(StrEnum):
    SMALL = "Small"
    WIDE = "Wide_v1.5"


class ModelLoader(ForgeModel):
    _VARIANTS = {
        ModelVariant.SMALL: LLMModelConfig(pretrained_model_name="own/gate-small", max_length=8),
        ModelVariant.WIDE: LLMModelConfig(pretrained_model_name="own/gate-wide", max_length=16),
    }
    DEFAULT_VARIANT = ModelVariant.SMALL

    @classmethod
    def _get_model_info(cls, variant=None):
        return ModelInfo(model="Gate", variant=variant, group=ModelGroup.GENERALITY, task=ModelTask.ATOMIC_ML,
                         source=ModelSource.CUSTOM, framework=Framework.TORCH)

    def load_model(self, *, dtype_override=None, **kwargs):
        model = Gate(self._variant_config.max_length)
        return model if dtype_override is None else model.to(dtype_override)

    def load_inputs(self, dtype_override=None, batch_size=1):
        generator = torch.Generator().manual_seed(0)
        x = torch.randn(batch_size + 1, self._variant_config.max_length, generator=generator)
        return {"x": x if dtype_override is None else x.to(dtype_override)}
