from collections import OrderedDict
from dataclasses import dataclass, fields
from typing import Optional, Tuple

import torch


class ModelOutput(OrderedDict):
    def __post_init__(self):
        for f in fields(self):
            v = getattr(self, f.name)
            if v is not None:
                self[f.name] = v

    def to_tuple(self):
        return tuple(self.values())


@dataclass
class BaseOutput(ModelOutput):
    """
    last_hidden_state (`torch.FloatTensor` of shape `(batch, length, width)`)
    """

    last_hidden_state: torch.Tensor = None
    hidden_states: Optional[Tuple[torch.Tensor, ...]] = None
    attentions: Optional[Tuple[torch.Tensor, ...]] = None


@dataclass
class PooledOutput(BaseOutput):
    pooler_output: torch.Tensor = None


@dataclass
class LMOutput(ModelOutput):
    loss: Optional[torch.Tensor] = None
    logits: torch.Tensor = None
    past_key_values: Optional[Tuple[Tuple[torch.Tensor]]] = None


@dataclass
class GenerateOutput(ModelOutput):
    sequences: torch.Tensor = None
    scores: Optional[Tuple[torch.Tensor]] = None
    beam_indices: Optional[torch.Tensor] = None


@dataclass
class DetectionOutput(ModelOutput):
    loss: Optional[torch.Tensor] = None
    logits: torch.Tensor = None
    boxes: torch.Tensor = None
    labels: Optional[torch.Tensor] = None


def detach(output: ModelOutput) -> dict:
    return {k: v.detach() for k, v in output.items() if isinstance(v, torch.Tensor)}


LEGACY = {"float": torch.FloatTensor, "long": torch.LongTensor, "half": torch.HalfTensor}


def cast(x, name):
    return x.type(LEGACY[name])


def default_type(cuda: bool) -> None:
    torch.set_default_tensor_type(torch.cuda.FloatTensor if cuda else torch.FloatTensor)
