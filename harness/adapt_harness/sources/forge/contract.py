"""The loader contract, for a loader that stands outside a checkout: what its imports of `base`, `config` and `tools` find.

Standard library and torch alone: generated tests carry this file. Names and values are those that loaders are written
against; a checkout's own modules take its place wherever there is one.
"""

from __future__ import annotations

import enum
import os
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import torch


class StrEnum(enum.Enum):
    """Prints as its value."""

    def __str__(self) -> str:
        return str(self.value)


class ModelGroup(StrEnum):
    GENERALITY = "generality"
    RED = "red"
    PRIORITY = "priority"
    VULCAN = "vulcan"


class Framework(StrEnum):
    JAX = "jax"
    TORCH = "pytorch"
    NUMPY = "numpy"
    ONNX = "onnx"
    PADDLE = "paddle"


class Parallelism(StrEnum):
    SINGLE_DEVICE = "single_device"
    DATA_PARALLEL = "data_parallel"
    TENSOR_PARALLEL = "tensor_parallel"


def _named(name: str, values: dict[str, str]) -> Any:
    return StrEnum(name, values, module=__name__)


ModelSource = _named("ModelSource", {
    "HUGGING_FACE": "huggingface", "EASYDEL": "easydel", "TORCH_HUB": "torch_hub", "CUSTOM": "custom",
    "TORCHVISION": "torchvision", "TIMM": "timm", "TORCH_XRAY_VISION": "torchxrayvision", "OSMR": "osmr",
    "GITHUB": "github", "DETECTRON2": "detectron2",
})  # fmt: skip

# Most tasks are called as they are valued, a family of inputs and what is done with it.
_TASKS = """
nlp_text_cls nlp_token_cls nlp_embed_gen nlp_qa nlp_causal_lm nlp_masked_lm nlp_translation nlp_summarization
nlp_multi_choice nlp_image_to_text audio_cls audio_asr cv_image_cls cv_image_seg cv_video_cls cv_object_det
cv_zs_object_det cv_zs_image_cls cv_depth_est cv_img_to_img cv_image_fe cv_mask_gen cv_keypoint_det cv_know_distill
cv_panoptic_seg cv_image_to_text realtime_map_construction mm_image_capt mm_doc_qa mm_visual_qa mm_tts mm_image_ttt
mm_video_ttt mm_audio_ttt mm_masked_lm mm_causal_lm mm_action_prediction mm_conditional_generation mm_doc_ocr
conditional_generation atomic_ml
""".split()
ModelTask = _named("ModelTask", {
    **{task.upper(): task for task in _TASKS},
    "MM_IMAGE_TEXT_SIM": "mm_image_text_similarity", "MULTIVIEW_3D_OBJECT_DET": "Multiview_3D_object_detection",
})  # fmt: skip


@dataclass(frozen=True)
class ModelInfo:
    """How a model is filed in dashboards."""

    model: str
    variant: Any
    group: Any
    task: Any
    source: Any
    framework: Any
    model_name_clean: str | None = None

    @property
    def name(self) -> str:
        return "_".join(str(part) for part in (self.framework, self.model, self.variant, self.task, self.source))

    def to_report_dict(self) -> dict[str, Any]:
        return {"task": str(self.task), "source": str(self.source), "framework": str(self.framework),
                "model_arch": self.model, "variant_name": str(self.variant), "model_name_clean": self.model_name_clean}

    def is_easydel(self) -> bool:
        return str(self.source) == "easydel"


@dataclass
class ModelConfig:
    pretrained_model_name: str

    @property
    def model_name_clean(self) -> str:
        return self.pretrained_model_name.split("/")[-1]


@dataclass
class LLMModelConfig(ModelConfig):
    max_length: int | None = None
    attention_mechanism: str | None = None
    sliding_window: int | None = None


class ForgeModel(ABC):
    """What `ModelLoader` derives from: a table of variants, a model for one of them, and inputs for it."""

    _VARIANTS: dict[Any, ModelConfig] = {}
    DEFAULT_VARIANT: Any = None

    def __init__(self, variant: Any = None):
        self._variant = self._validate_variant(variant)
        self._variant_config = self.get_variant_config(self._variant)

    @classmethod
    def query_available_variants(cls) -> dict[Any, ModelConfig]:
        return cls._VARIANTS or {}

    @classmethod
    def _validate_variant(cls, variant: Any = None) -> Any:
        """None for a loader without variants; TypeError or ValueError for what is none of them."""
        if not cls._VARIANTS:
            return None
        chosen = cls.DEFAULT_VARIANT if variant is None else variant
        if not isinstance(chosen, type(cls.DEFAULT_VARIANT)):
            raise TypeError(f"a variant is a {type(cls.DEFAULT_VARIANT).__name__}, not a {type(chosen).__name__}")
        if chosen not in cls._VARIANTS:
            raise ValueError(f"no variant '{chosen}'; there are {', '.join(str(v) for v in cls._VARIANTS)}")
        return chosen

    @classmethod
    def get_variant_config(cls, variant: Any = None) -> ModelConfig | None:
        chosen = cls._validate_variant(variant)
        return None if chosen is None else cls._VARIANTS[chosen]

    @classmethod
    def get_model_info(cls, variant: Any = None) -> ModelInfo:
        chosen = cls._validate_variant(variant)
        info, config = cls._get_model_info(chosen), cls.get_variant_config(chosen)
        return replace(info, model_name_clean=config.model_name_clean) if config and not info.model_name_clean else info

    @classmethod
    @abstractmethod
    def _get_model_info(cls, variant: Any = None) -> ModelInfo: ...

    @abstractmethod
    def load_model(self, **kwargs: Any) -> torch.nn.Module: ...

    @abstractmethod
    def load_inputs(self, **kwargs: Any) -> Any: ...

    # The rest is optional; these are the answers of a loader that has nothing to say.

    def unpack_forward_output(self, fwd_output: Any) -> torch.Tensor:
        return unpack_forward_output(fwd_output)

    @classmethod
    def decode_output(cls, **kwargs: Any) -> Any:
        return kwargs.get("outputs")

    def get_mesh_config(self, num_devices: int) -> tuple[Any, tuple]:
        return None, ()

    def load_shard_spec(self, model: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
        return None

    def load_config(self, **kwargs: Any) -> Any:
        return None

    @property
    def requires_model_rewrites(self) -> bool:
        return False

    def get_weight_dtype_config_path(self) -> str | None:
        return None


class ForgePrefillModel(ForgeModel):
    """A loader that also makes inputs for prefill; without a checkout's texts there is no default for them."""

    def load_inputs_prefill(self, dtype_override: Any = None, batch_size: int = 1, seq_len: int = 128) -> Any:
        raise NotImplementedError("load_inputs_prefill: the texts for it are those of a checkout")


def unpack_forward_output(output: Any) -> torch.Tensor:
    """The one tensor that an output is about: logits before hidden states."""
    if torch.is_tensor(output):
        return output
    for name in ("logits", "logits_per_text", "predicted_depth", "last_hidden_state"):
        if torch.is_tensor(getattr(output, name, None)):
            return getattr(output, name)
    raise ValueError(f"{type(output).__name__} holds no one tensor that stands for it; override unpack_forward_output")


def cast_input_to_type(tensor: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Only floating-point tensors are cast: ids and masks stay what they are."""
    return tensor.to(dtype) if torch.is_tensor(tensor) and tensor.is_floating_point() else tensor


def get_file(path: str) -> str:
    """A file that is there; anything else would have to be fetched."""
    if os.path.isfile(path):
        return path
    raise FileNotFoundError(f"'{path}' is not on this machine and would have to be downloaded")
