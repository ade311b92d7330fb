from __future__ import annotations

import logging

import torch
from torch import nn

try:
    import bitsandbytes as bnb
except ImportError:
    bnb = None

log = logging.getLogger(__name__)


class Int8Linear(nn.Module):
    """Weights as int8 with a scale a row."""

    def __init__(self, lin: nn.Linear):
        super().__init__()
        s = lin.weight.abs().amax(1, keepdim=True) / 127
        self.register_buffer("w", (lin.weight / s).round().to(torch.int8))
        self.register_buffer("s", s)
        self.bias = lin.bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x @ (self.w.to(x.dtype) * self.s).T
        return y if self.bias is None else y + self.bias


def quantise(model: nn.Module, skip: tuple[str, ...] = ("head",)) -> nn.Module:
    for name, child in model.named_children():
        if name in skip:
            continue
        if isinstance(child, nn.Linear):
            if bnb is not None and child.weight.is_cuda:
                new = bnb.nn.Linear8bitLt(child.in_features, child.out_features, has_fp16_weights=False)
                new.load_state_dict(child.state_dict())
            else:
                new = Int8Linear(child)
            setattr(model, name, new)
        else:
            quantise(child, skip)
    return model


class Embedding8(nn.Module):
    def __init__(self, emb: nn.Embedding):
        super().__init__()
        s = emb.weight.abs().amax(1, keepdim=True) / 127
        self.register_buffer("w", (emb.weight / s).round().to(torch.int8))
        self.register_buffer("s", s)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.w[ids].float() * self.s[ids]

    @property
    def weight(self) -> torch.Tensor:
        return self.w.float() * self.s


@torch.inference_mode()
def error(a: nn.Module, b: nn.Module, x: torch.Tensor) -> float:
    d = (a(x) - b(x)).abs().mean().item()
    log.info("mean error %.4g", d)
    return d


def bytes_of(model: nn.Module) -> int:
    state = list(model.parameters()) + list(model.buffers())
    return sum(t.numel() * t.element_size() for t in state)
