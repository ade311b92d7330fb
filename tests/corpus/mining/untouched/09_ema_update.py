import copy

import torch
from torch import nn


class Averaged:
    def __init__(self, model: nn.Module, decay: float = 0.999):
        self.model = copy.deepcopy(model).eval()
        self.decay = decay
        for p in self.model.parameters():
            p.requires_grad_(False)

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        pairs = zip(self.model.parameters(), model.parameters())
        for mine, other in pairs:
            mine.mul_(self.decay).add_(other, alpha=1 - self.decay)
        for mine, other in zip(self.model.buffers(), model.buffers()):
            mine.copy_(other)

    def state_dict(self):
        return {"model": self.model.state_dict(), "decay": self.decay}


class Lookahead(torch.optim.Optimizer):
    def __init__(self, inner, k=5, alpha=0.5):
        self.inner, self.k, self.alpha, self.n = inner, k, alpha, 0
        self.slow = [[p.detach().clone() for p in g["params"]] for g in inner.param_groups]
        super().__init__([p for g in inner.param_groups for p in g["params"]], {})

    @torch.no_grad()
    def step(self, closure=None):
        loss = self.inner.step(closure)
        self.n += 1
        if self.n % self.k == 0:
            for group, slow in zip(self.inner.param_groups, self.slow):
                for p, s in zip(group["params"], slow):
                    s.lerp_(p, self.alpha)
                    p.copy_(s)
        return loss


def init_weights(model: nn.Module, std: float = 0.02) -> nn.Module:
    for m in model.modules():
        if isinstance(m, (nn.Linear, nn.Embedding)):
            nn.init.normal_(m.weight, std=std)
        if getattr(m, "bias", None) is not None:
            nn.init.zeros_(m.bias)
    return model


def clip(params, limit):
    norm = nn.utils.clip_grad_norm_(params, limit)
    return float(norm)


def weight_norms(model):
    return {n: p.detach().norm().item() for n, p in model.named_parameters()}
