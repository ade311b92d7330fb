import io
from typing import Dict, List, Sequence

import torch
from torch import nn


class CacheWrapper(nn.Module):
    """Flattens the cache into inputs and outputs of a graph."""

    def __init__(self, model: nn.Module, layers: int):
        super().__init__()
        self.model, self.layers = model, layers

    def forward(self, ids, *flat):
        if len(flat) != 2 * self.layers:
            raise TypeError("want {} cache tensors, got {}".format(2 * self.layers, len(flat)))
        cache = list(zip(flat[0::2], flat[1::2]))
        logits, new = self.model(ids, cache)
        return (logits, *[t for pair in new for t in pair])

    def input_names(self) -> List[str]:
        names = ["input_ids"]
        for i in range(self.layers):
            names += ["past.{}.key".format(i), "past.{}.value".format(i)]
        return names

    def output_names(self) -> List[str]:
        return ["logits"] + ["present.{}.{}".format(i, kind) for i in range(self.layers) for kind in ("key", "value")]

    def dynamic_axes(self) -> Dict[str, Dict[int, str]]:
        axes = {"input_ids": {0: "batch", 1: "length"}}
        for name in self.input_names()[1:]:
            axes[name] = {0: "batch", 2: "{}_length".format(name.split(".")[0])}
        return axes


def export(wrapper: CacheWrapper, example: Sequence[torch.Tensor], opset: int = 17) -> bytes:
    if opset < 13:
        raise ValueError("opset %d is too old" % opset)
    buf = io.BytesIO()
    torch.onnx.export(
        wrapper, tuple(example), buf,
        input_names=wrapper.input_names(), output_names=wrapper.output_names(),
        dynamic_axes=wrapper.dynamic_axes(), opset_version=opset,
    )
    return buf.getvalue()


def compare(names, left, right, atol=1e-4):
    bad = []
    for name, a, b in zip(names, left, right):
        d = (a - b).abs().max().item()
        if d > atol:
            bad.append("{}: {:.2e}".format(name, d))
    if bad:
        raise AssertionError("differs: " + ", ".join(bad))


def align(size: int, to: int = 64) -> int:
    return size + (-size % to)


HEADER = "{magic}:{version}"


def header(version):
    return HEADER.format(magic="GRPH", version=version)
