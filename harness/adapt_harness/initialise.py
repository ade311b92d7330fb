"""Random weights under which every layer matters.

A library's own initialisation (standard deviation 0.02, zero heads, layer scales of 1e-6) leaves a model whose output
hardly changes when a layer is dropped. Here each weight is scaled by its fan-in, norms vary around one, nothing is
zero and nothing ties. A value depends on the parameter's name and the seed only, not on the order of construction.
"""

from __future__ import annotations

import hashlib
import math
import re

import torch

# Scales of all weights, tried in order until the model computes finite values.
GAINS = (1.0, 0.5, 0.1)

# Tokens, tables and queries that are added to activations of unit size.
_ADDED = re.compile(r"embed|token|query|queries|position|pos_|table|latent|prompt|codebook")
# A log-decay or a frequency table: its pattern is its meaning.
_STRUCTURED = re.compile(
    r"(^|[._])(A_log|A|dt|dt_bias|decay|time_decay|freqs?|inv_freq|original0|weight_g|alpha|logit_scale)($|[._])"
)


def initialise(model: torch.nn.Module, seed: int, gain: float = 1.0) -> None:
    """Re-draws every trainable floating-point parameter in place; tied parameters are drawn once.

    To be called once on a freshly built model: vectors vary around the values that the library gave them.
    """
    with torch.no_grad():
        for name, parameter in model.named_parameters(remove_duplicate=True):
            if parameter.is_floating_point() and parameter.requires_grad and not parameter.is_meta:
                owner, _, leaf = name.rpartition(".")
                draw = noise(name, parameter.shape, seed)
                parameter.copy_(_values(model.get_submodule(owner), leaf, parameter, draw, gain))


def noise(name: str, shape: torch.Size, seed: int) -> torch.Tensor:
    """Standard normal values that depend on name, shape and seed only."""
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)
    return torch.randn(shape, generator=generator, dtype=torch.float32)


def _values(module: torch.nn.Module, name: str, old: torch.Tensor, draw: torch.Tensor, gain: float) -> torch.Tensor:
    kind = type(module).__name__
    old = old.detach().float()
    if _STRUCTURED.search(name) or _patterned(old):
        return old * (1 + 0.05 * draw)
    if old.dim() < 2 or old.numel() == max(old.shape):
        return _vector(name, old, draw)
    if isinstance(module, torch.nn.Embedding):
        return gain * draw
    if not isinstance(module, (torch.nn.Linear, torch.nn.modules.conv._ConvNd)) and _ADDED.search(name):
        return 0.5 * gain * draw
    return gain * draw * _scale(module, kind, old)


def _vector(name: str, old: torch.Tensor, draw: torch.Tensor) -> torch.Tensor:
    """Norm weights around one (around zero where the module adds the one), biases small, layer scales visible."""
    if name == "bias" or name.endswith("_bias"):
        return 0.1 * draw
    if old.numel() > 1 and float(old.std()) > 1e-6:
        # Values in order are a ramp somebody computed; others are a draw, which depends on what was built before.
        ordered = bool((old.flatten().diff() >= 0).all()) or bool((old.flatten().diff() <= 0).all())
        return old + 0.1 * draw if ordered else 0.5 * draw
    level = float(old.flatten()[0]) if old.numel() else 0.0
    if level == 0.0:
        return 0.5 * draw if _ADDED.search(name) else 0.1 * draw
    if abs(level) < 0.2:  # a layer scale that would hide its layer
        return 0.5 * (1 + 0.1 * draw)
    return level * (1 + 0.1 * draw)


def _scale(module: torch.nn.Module, kind: str, weight: torch.Tensor) -> float:
    shape = weight.shape
    if isinstance(module, torch.nn.modules.conv._ConvTransposeNd):
        fan_in = shape[0] * math.prod(shape[2:]) / max(1, math.prod(module.stride)) / module.groups
        return 1.0 / math.sqrt(max(1.0, fan_in))
    if isinstance(module, torch.nn.modules.conv._ConvNd):
        return math.sqrt(2.0 / max(1, math.prod(shape[1:])))
    if kind == "Conv1D":  # [in, out]
        return 1.0 / math.sqrt(shape[0])
    if weight.dim() >= 3:  # stacked matrices, of which the library uses both orders
        return 1.0 / math.sqrt(math.sqrt(shape[-1] * shape[-2]))
    return 1.0 / math.sqrt(shape[-1])


def _patterned(values: torch.Tensor) -> bool:
    """A matrix of equal, non-constant rows is a table somebody computed, not a random draw."""
    if values.dim() != 2 or values.shape[0] < 2 or values.shape[1] < 2:
        return False
    return bool((values == values[0]).all()) and float(values[0].std()) > 0
