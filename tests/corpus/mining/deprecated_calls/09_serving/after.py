import asyncio
import logging
import time
from collections import deque

import torch
from torch import nn


class Batcher:
    def __init__(self, model: nn.Module, size: int = 8, wait: float = 0.01):
        self.model, self.size, self.wait = model.eval(), size, wait
        self.queue: deque = deque()
        self.logger = logging.getLogger(type(self).__name__)

    async def submit(self, x: torch.Tensor) -> torch.Tensor:
        if len(self.queue) > 10 * self.size:
            self.logger.warning("%d requests are waiting", len(self.queue))
        future = asyncio.get_running_loop().create_future()
        self.queue.append((x, future, time.monotonic()))
        return await future

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self.wait)
            take = [self.queue.popleft() for _ in range(min(self.size, len(self.queue)))]
            if not take:
                continue
            try:
                with torch.inference_mode():
                    y = self.model(torch.stack([x for x, _, _ in take]))
            except RuntimeError as e:
                self.logger.exception("batch of %d failed", len(take))
                for _, f, _ in take:
                    f.set_exception(e)
                continue
            for row, (_, f, start) in zip(y, take):
                late = time.monotonic() - start
                if late > 1:
                    self.logger.warning(f"answer took {late:.1f} s")
                f.set_result(row)


class Guard(nn.Module):
    """Bounds inputs; says so once."""

    def __init__(self, inner: nn.Module, low: float, high: float):
        super().__init__()
        self.inner, self.low, self.high = inner, low, high
        self.logger = logging.getLogger("guard")

    def forward(self, x):
        y = x.clamp(self.low, self.high)
        if not torch.equal(x, y):
            self.logger.warning_once("inputs were clamped to [%s, %s]", self.low, self.high)
        return self.inner(y)


class Client:
    def __init__(self, ui):
        self.ui = ui

    def show(self, text, bad=False):
        # a dialog, drawn by the user interface
        (self.ui.warn if bad else self.ui.say)(text)

    def low_battery(self):
        self.ui.warn("battery")


def percentiles(values, ps=(50, 95, 99)):
    v = torch.tensor(values)
    return {p: v.quantile(p / 100).item() for p in ps}
