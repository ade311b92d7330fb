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

    last_hidden_state: torch.FloatTensor = None
    hidden_states: Optional[Tuple[torch.FloatTensor, ...]] = None
    attentions: Optional[Tuple[torch.FloatTensor, ...]] = None


@dataclass
class PooledOutput(BaseOutput):
    pooler_output: torch.FloatTensor = None


@dataclass
class LMOutput(ModelOutput):
    loss: Optional[torch.FloatTensor] = None
    logits: torch.FloatTensor = None
    past_key_values: Optional[Tuple[Tuple[torch.FloatTensor]]] = None


@dataclass
class GenerateOutput(ModelOutput):
    sequences: torch.LongTensor = None
    scores: Optional[Tuple[torch.FloatTensor]] = None
    beam_indices: Optional[torch.LongTensor] = None


@dataclass
class DetectionOutput(ModelOutput):
    loss: Optional[torch.FloatTensor] = None
    logits: torch.FloatTensor = None
    boxes: torch.FloatTensor = None
    labels: Optional[torch.Tensor] = None


def detach(output: ModelOutput) -> dict:
    return {k: v.detach() for k, v in output.items() if isinstance(v, torch.Tensor)}


LEGACY = {"float": torch.FloatTensor, "long": torch.LongTensor, "half": torch.HalfTensor}


def cast(x, name):
    return x.type(LEGACY[name])


def default_type(cuda: bool) -> None:
    torch.set_default_tensor_type(torch.cuda.FloatTensor if cuda else torch.FloatTensor)
