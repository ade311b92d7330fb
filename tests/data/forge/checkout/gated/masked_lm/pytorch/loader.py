from third_party.tt_forge_models.base import ForgeModel
from third_party.tt_forge_models.config import ModelConfig, ModelInfo, StrEnum

from ....shared.pytorch.loader import ModelLoader as Shared
from ....tools.utils import picture, resized
from .src.model import Net


class ModelVariant(StrEnum):
    ONE = "one"
    NEEDS_PICTURE = "needs picture"
    NEEDS_RESIZING = "needs resizing"


class ModelLoader(ForgeModel):
    _VARIANTS = {variant: ModelConfig("own/" + variant.value) for variant in ModelVariant}
    DEFAULT_VARIANT = ModelVariant.ONE

    @classmethod
    def _get_model_info(cls, variant=None):
        return ModelInfo("Gated", str(variant))

    def load_model(self, *, dtype_override=None, **kwargs):
        assert Shared.OF_CHECKOUT and self.OF_CHECKOUT
        return Net()

    def load_inputs(self, dtype_override=None, batch_size=1):
        import torch

        if self._variant is ModelVariant.NEEDS_PICTURE:
            return picture("cat.png")
        return resized(torch.ones(2, 4)) if self._variant is ModelVariant.NEEDS_RESIZING else self.scaled(torch.ones(2, 4))
