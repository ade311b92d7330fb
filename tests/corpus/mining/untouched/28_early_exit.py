import torch
from torch import nn, Tensor


class Exit(nn.Module):
    def __init__(self, d: int, classes: int):
        super().__init__()
        self.fc = nn.Linear(d, classes)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.fc(x.mean(1))
        p = logits.softmax(-1)
        return logits, p.amax(-1)


class Branchy(nn.Module):
    """All exits are computed; which one counts is a selection."""

    def __init__(self, d: int = 32, depth: int = 4, classes: int = 10, limit: float = 0.9):
        super().__init__()
        self.blocks = nn.ModuleList(nn.TransformerEncoderLayer(d, 4, 2 * d, batch_first=True) for _ in range(depth))
        self.exits = nn.ModuleList(Exit(d, classes) for _ in range(depth))
        self.limit = limit

    def forward(self, x: Tensor) -> Tensor:
        out, done = None, None
        for block, leave in zip(self.blocks, self.exits):
            x = block(x)
            logits, sure = leave(x)
            if out is None:
                out, done = logits, sure > self.limit
            else:
                out = torch.where(done[:, None], out, logits)
                done = done | (sure > self.limit)
        return out

    def depth_used(self, x: Tensor) -> Tensor:
        left = torch.ones(len(x), dtype=torch.bool, device=x.device)
        n = torch.zeros(len(x), dtype=torch.long, device=x.device)
        for block, leave in zip(self.blocks, self.exits):
            x = block(x)
            n = n + left.long()
            left = left & (leave(x)[1] <= self.limit)
        return n


def budget(costs: list[float], shares: list[float]) -> float:
    total, spent = 0.0, 0.0
    for c, s in zip(costs, shares):
        spent += c
        total += s * spent
    return total


def pick_limit(conf: Tensor, right: Tensor, want: float) -> float:
    order = conf.argsort(descending=True)
    acc = right[order].float().cumsum(0) / torch.arange(1, len(conf) + 1, device=conf.device)
    ok = (acc >= want).nonzero()
    if len(ok) == 0:
        return 1.0
    return conf[order[ok[-1, 0]]].item()
