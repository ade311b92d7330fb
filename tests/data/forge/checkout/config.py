from dataclasses import dataclass
from enum import Enum


class StrEnum(Enum):
    def __str__(self):
        return self.value


@dataclass
class ModelConfig:
    pretrained_model_name: str


@dataclass
class ModelInfo:
    model: str
    variant: str
    group: str = "generality"
    task: str = "atomic_ml"
    source: str = "custom"
    framework: str = "pytorch"
