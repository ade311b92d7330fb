import logging
import sys
import time
import torch
from torch.cuda.amp import GradScaler

log = logging.getLogger("trainer")
logging.basicConfig(stream=sys.stderr)


class Trainer:
    def __init__(self, model, optimizer, amp=True, clip=1.0, patience=5):
        self.model, self.optimizer, self.clip, self.patience = model, optimizer, clip, patience
        self.scaler = GradScaler(enabled=amp)
        self.amp, self.skipped, self.bad = amp, 0, 0
        if amp and not torch.cuda.is_available():
            log.warn("mixed precision without a GPU")

    def step(self, batch):
        with torch.autocast("cuda", enabled=self.amp):
            loss = self.model(**batch)
        if not torch.isfinite(loss):
            self.skipped += 1
            log.warn("loss is %s, step skipped (%d so far)", loss.item(), self.skipped)
            return None
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        if norm > 100 * self.clip: log.warn("gradient norm %.1f", norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        return loss.item()

    def fit(self, loader, epochs):
        best = float("inf")
        for epoch in range(epochs):
            start, losses = time.time(), [l for b in loader if (l := self.step(b)) is not None]
            if not losses:
                log.critical("nothing learned in epoch %d", epoch)
                break
            mean = sum(losses) / len(losses)
            log.info("epoch %d: %.4f (%.0f s)", epoch, mean, time.time() - start)
            self.bad = 0 if mean < best else self.bad + 1
            best = min(best, mean)
            if self.bad >= self.patience:
                log.warn("no progress since %d epochs, stopping", self.bad)
                break
        return best


class Notifier:
    levels = ("debug", "warn", "error")

    def __init__(self, send):
        self.send = send

    def emit(self, level, text):
        if level not in self.levels:
            raise KeyError(level)
        self.send(f"[{level}] {text}")

    def warn(self, text):
        self.emit("warn", text)


def finish(notifier: Notifier, best: float):
    if best > 1:
        notifier.warn(f"best is {best:.3f}")
