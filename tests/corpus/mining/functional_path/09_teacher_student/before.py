import logging
from dataclasses import dataclass
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

log = logging.getLogger(__name__)


@dataclass
class DistilConfig:
    temperature: float = 2.0
    alpha_kd: float = 0.7
    alpha_hidden: float = 0.1
    epochs: int = 3
    clip: float = 1.0


class Distiller:
    def __init__(self, teacher, student, optimizer, cfg: DistilConfig):
        self.teacher = teacher.eval().requires_grad_(False)
        self.student, self.optimizer, self.cfg = student, optimizer, cfg
        self.F = FeatureBank()

    def kd(self, s, t):
        T = self.cfg.temperature
        return F.kl_div(
            F.log_softmax(s / T, dim=-1),
            F.softmax(t / T, dim=-1),
            reduction="batchmean",
        ) * T * T

    def step(self, batch):
        with torch.no_grad():
            t = self.teacher(**batch["inputs"])
        s = self.student(**batch["inputs"])
        terms = {
            "kd": self.cfg.alpha_kd * self.kd(s["logits"], t["logits"]),
            "ce": (1 - self.cfg.alpha_kd) * F.cross_entropy(s["logits"], batch["labels"]),
            "hidden": self.cfg.alpha_hidden * F.cosine_embedding_loss(
                s["pooled"], t["pooled"], torch.ones(len(batch["labels"]), device=s["pooled"].device)
            ),
        }
        self.F.put(t["pooled"])
        return sum(terms.values()), {k: float(v) for k, v in terms.items()}

    def fit(self, loader: DataLoader):
        for epoch in range(self.cfg.epochs):
            for batch in loader:
                loss, parts = self.step(batch)
                self.optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(self.student.parameters(), self.cfg.clip)
                self.optimizer.step()
            log.info("epoch %d: %s, %d kept", epoch, parts, len(self.F))


class FeatureBank(list):
    def put(self, x, limit=4096):
        self.extend(x.detach().cpu())
        del self[:-limit]
