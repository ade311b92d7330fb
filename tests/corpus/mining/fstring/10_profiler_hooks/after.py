import contextlib
import time
from collections import defaultdict
import torch
from torch import nn

UNITS = ["B", "KiB", "MiB", "GiB"]


def human(n):
    for unit in UNITS:
        if n < 1024 or unit == UNITS[-1]:
            return f"{n:.1f} {unit}"
        n /= 1024


class Profiler:
    def __init__(self, model: nn.Module, prefix="model"):
        self.seconds, self.bytes, self.calls = defaultdict(float), defaultdict(int), defaultdict(int)
        self.handles = []
        for name, module in model.named_modules():
            if not list(module.children()):
                path = f"{prefix}.{name}" if name else prefix
                self.handles += [
                    module.register_forward_pre_hook(self.before(path)),
                    module.register_forward_hook(self.after(path)),
                ]

    def before(self, path):
        def hook(module, args):
            module._start = time.perf_counter()
        return hook

    def after(self, path):
        def hook(module, args, out):
            self.seconds[path] += time.perf_counter() - module._start
            self.calls[path] += 1
            if torch.is_tensor(out):
                self.bytes[path] = max(self.bytes[path], out.numel() * out.element_size())
        return hook

    def rows(self, top=10):
        total = sum(self.seconds.values()) or 1.0
        for path in sorted(self.seconds, key=self.seconds.get, reverse=True)[:top]:
            share = 100 * self.seconds[path] / total
            # the width is an argument: stays as it is
            yield "%-*s %5.1f%%" % (40, path, share)
            yield f"    {self.calls[path]} calls, {human(self.bytes[path])}"

    def report(self):
        return "\n".join(self.rows())

    def close(self):
        for h in self.handles:
            h.remove()


@contextlib.contextmanager
def timed(label, sink=print):
    start = time.perf_counter()
    try:
        yield
    finally:
        sink(f"{label}: {time.perf_counter() - start:.3f} s")


def lanes(n, width=32):
    if n % width:
        raise ValueError(f"{n} rows do not fill lanes of {width}")
    return n // width
