import logging
import math
import time

import torch
from torch.nn.utils import clip_grad_norm_

log = logging.getLogger("train")


class Trainer:
    def __init__(self, model, optimizer, scheduler=None, accumulate=1, clip=1.0, label_smoothing=0.0):
        self.model, self.optimizer, self.scheduler = model, optimizer, scheduler
        self.accumulate, self.clip = accumulate, clip
        self.smoother = Smoother(label_smoothing) if label_smoothing else None

    def compute_loss(self, batch, return_outputs=False):
        labels = batch.pop("labels") if self.smoother else None
        outputs = self.model(**batch, return_dict=False)
        loss = self.smoother(outputs, labels) if labels is not None else outputs[0]
        return (loss, outputs) if return_outputs else loss

    def train_epoch(self, loader):
        self.model.train()
        total, start = 0.0, time.perf_counter()
        for step, batch in enumerate(loader, 1):
            loss = self.compute_loss(batch) / self.accumulate
            loss.backward()
            total += loss.item() * self.accumulate
            if step % self.accumulate == 0:
                clip_grad_norm_(self.model.parameters(), self.clip)
                self.optimizer.step()
                self.optimizer.zero_grad()
                if self.scheduler is not None:
                    self.scheduler.step()
        log.info("loss %.4f in %.1f s", total / step, time.perf_counter() - start)
        return total / step

    @torch.no_grad()
    def evaluate(self, loader):
        self.model.eval()
        nll, hits, n = 0.0, 0, 0
        for batch in loader:
            loss, out = self.compute_loss(dict(batch), return_outputs=True)
            logits = out[1]
            nll += loss.item() * len(logits)
            hits += (logits.argmax(-1) == batch["labels"]).sum().item()
            n += len(logits)
        return {"perplexity": math.exp(nll / n), "accuracy": hits / n}

    def predict(self, batch):
        with torch.inference_mode():
            out = self.model(
                **batch,
                # named, so that callers may ask for the attentions
                return_dict=True,
            )
        return out.logits.softmax(-1)


class Smoother:
    def __init__(self, eps):
        self.eps = eps

    def __call__(self, outputs, labels):
        logp = outputs[0].log_softmax(-1)
        nll = -logp.gather(-1, labels[..., None]).squeeze(-1)
        return ((1 - self.eps) * nll - self.eps * logp.mean(-1)).mean()


class Resume:
    def state(self, trainer):
        return tuple(x.state_dict() for x in (trainer.model, trainer.optimizer))
