import re

import torch
from torch import nn

TEMPLATE = "encoder.layer.{}.attention.{}"


def rename(key: str, layer: int) -> str:
    # templates filled in later stay templates
    pairs = {
        "q_proj": TEMPLATE.format(layer, "query"),
        "k_proj": TEMPLATE.format(layer, "key"),
        "v_proj": TEMPLATE.format(layer, "value"),
    }
    for old, new in pairs.items():
        key = key.replace(f"layers.{layer}.self_attn.{old}", new)
    return key


def convert(state, layers):
    out = {}
    for key, value in state.items():
        found = re.match(r"layers\.(\d+)\.", key)
        if found:
            key = rename(key, int(found.group(1)))
        if key in out:
            raise KeyError(f"{key} appears twice")
        out[key] = value
    missing = [f"layers.{i}" for i in range(layers) if not any(k.startswith(f"encoder.layer.{i}.") for k in out)]
    if missing:
        print(f"nothing found for {', '.join(missing)}")
    return out


class Adapter(nn.Module):
    def __init__(self, width, bottleneck, name="default"):
        super().__init__()
        self.name = name
        self.down = nn.Linear(width, bottleneck)
        self.up = nn.Linear(bottleneck, width)

    def forward(self, x):
        if x.shape[-1] != self.down.in_features:
            raise ValueError(
                f"adapter {self.name} wants {self.down.in_features} features, got {x.shape[-1]}"
            )
        return x + self.up(torch.relu(self.down(x)))

    def extra_repr(self):
        return f"name={self.name}"


def attach(model, width, bottleneck, every=2):
    for i, layer in enumerate(model.layers):
        if i % every == 0:
            layer.adapter = Adapter(width, bottleneck, f"layer{i}")
    return model


def shard_name(prefix, index, total):
    return "{}-{:05d}-of-{:05d}.bin".format(prefix, index, total) if total > 1 else f"{prefix}.bin"
