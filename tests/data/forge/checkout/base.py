"""What a checkout's contract looks like from a loader: a base class of its own, and helpers that want many packages."""

from .config import ModelConfig
from .tools.utils import scaled


class ForgeModel:
    _VARIANTS: dict = {}
    DEFAULT_VARIANT = None
    OF_CHECKOUT = True

    def __init__(self, variant=None):
        self._variant = variant or self.DEFAULT_VARIANT
        self._variant_config: ModelConfig = self._VARIANTS[self._variant]

    @classmethod
    def query_available_variants(cls):
        return cls._VARIANTS

    @classmethod
    def get_model_info(cls, variant=None):
        return cls._get_model_info(variant)

    def scaled(self, x):
        return scaled(x)
