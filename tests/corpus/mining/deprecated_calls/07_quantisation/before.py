import logging
from typing import Dict, List

import torch
from torch import nn, Tensor

logger = logging.getLogger("quant")


class Observer(nn.Module):
    def __init__(self, bits: int = 8):
        super().__init__()
        self.bits = bits
        self.register_buffer("low", torch.zeros(()))
        self.register_buffer("high", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.low, self.high = torch.minimum(self.low, x.min()), torch.maximum(self.high, x.max())
        return x

    def params(self):
        if float(self.high) == float(self.low):
            logger.warn("observer saw nothing, scale 1 is used")
            return 1.0, 0
        scale = (self.high - self.low) / (2**self.bits - 1)
        return float(scale), int(torch.round(-self.low / scale))


class QLinear(nn.Module):
    def __init__(self, lin: nn.Linear, bits: int):
        super().__init__()
        self.lin, self.inp = lin, Observer(bits)
        self.frozen = False

    def forward(self, x: Tensor) -> Tensor:
        if not self.frozen:
            return self.lin(self.inp(x))
        s, z = self.inp.params()
        q = torch.fake_quantize_per_tensor_affine(x, s, z, 0, 2**self.inp.bits - 1)
        return self.lin(q)


def convert(model: nn.Module, skip: List[str], bits: int = 8) -> Dict[str, QLinear]:
    done = {}
    for name, m in list(model.named_modules()):
        if not isinstance(m, nn.Linear):
            continue
        if any(s in name for s in skip):
            logger.debug("%s skipped", name)
            continue
        if m.in_features % 16:
            logger.warn_once("widths that are no multiple of 16 are slow")
        parent = model.get_submodule(name.rpartition(".")[0])
        done[name] = QLinear(m, bits)
        setattr(parent, name.rpartition(".")[2], done[name])
    if not done:
        logger.warn("no linear layer found in %s", type(model).__name__)
    return done


@torch.no_grad()
def sensitivity(model, layers, x):
    base, out = model(x), {}
    for name, l in layers.items():
        l.frozen = True
        out[name] = float((model(x) - base).pow(2).mean())
        l.frozen = False
    worst = max(out, key=out.get)
    logger.warning("most sensitive: %s", worst)
    return out


LEVELS = {"warn": logging.WARN, "warning": logging.WARNING}
