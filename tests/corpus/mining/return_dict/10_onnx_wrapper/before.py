import os
import torch
from torch.onnx import export


class Wrapper(torch.nn.Module):
    """What the exporter sees: positional tensors in, a tuple out."""

    def __init__(self, model, names):
        super().__init__()
        self.model, self.names = model, list(names)

    def forward(self, *tensors):
        return self.model(**dict(zip(self.names, tensors)), return_tuple=True)


class LogitsOnly(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, ids, mask):
        return self.model(ids, mask, return_tuple=True)[0]


def to_onnx(model, inputs, path, opset=14):
    wrapper = Wrapper(model.eval(), inputs)
    with torch.no_grad():
        reference = wrapper(*inputs.values())
    os.makedirs(os.path.dirname(path), exist_ok=True)
    export(wrapper, tuple(inputs.values()), path, input_names=list(inputs), opset_version=opset)
    return reference


def check(session, model, inputs, atol=1e-4):
    got = session.run(None, {k: v.numpy() for k, v in inputs.items()})
    with torch.no_grad():
        want = model(**inputs, return_tuple=False)
    bad = []
    for name, value, array in zip(want.keys(), want.values(), got):
        d = (value - torch.from_numpy(array)).abs().max().item()
        if d > atol:
            bad.append((name, d))
    return bad


def trace(model, *example):
    config = model.config
    saved = config.return_tuple
    config.return_tuple = True
    try:
        return torch.jit.trace(model, example, strict=False)
    finally:
        config.return_tuple = saved


def flatten(value, keep_tuple=False):
    if isinstance(value, (list, tuple)):
        out = [v for item in value for v in flatten(item)]
        return tuple(out) if keep_tuple else out
    return [value]


def benchmark(model, ids, mask, rounds=20):
    start = torch.cuda.Event(enable_timing=True)
    end = torch.cuda.Event(enable_timing=True)
    times = []
    for _ in range(rounds):
        start.record()
        model(ids, mask, return_tuple=True)
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    return sorted(times)[rounds // 2]
