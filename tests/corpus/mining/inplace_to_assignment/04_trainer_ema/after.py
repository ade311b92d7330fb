import copy
import math

import torch


class EMA(object):
    def __init__(self, model, decay=0.9998, warmup=2000):
        self.shadow = copy.deepcopy(model).eval()
        for p in self.shadow.parameters():
            p.requires_grad_(False)
        self.decay, self.warmup, self.updates = decay, warmup, 0

    @torch.no_grad()
    def update(self, model):
        self.updates += 1
        d = self.decay * (1 - math.exp(-self.updates / self.warmup))
        state = model.state_dict()
        for k, v in self.shadow.state_dict().items():
            if v.is_floating_point():
                v.mul_(d).add_(state[k].detach(), alpha=1 - d)
            else:
                v.copy_(state[k])


def pairwise_rank_loss(score, relevance, margin=1.0):
    diff = score[:, :, None] - score[:, None, :]
    want = (relevance[:, :, None] > relevance[:, None, :]).to(diff.dtype)
    hinge = margin - diff
    hinge = hinge.clamp(min=0.0)
    hinge = hinge.mul(want)
    return hinge.sum() / want.sum().clamp(min=1)


def ordinal_targets(label, levels):
    steps = torch.arange(levels - 1, device=label.device)
    return (label[:, None] > steps).float()


class RankModel(torch.nn.Module):
    def __init__(self, features, width=128):
        super().__init__()
        self.input = torch.nn.Linear(features, width)
        self.hidden = torch.nn.Linear(width, width)
        self.score = torch.nn.Linear(width, 1)

    def forward(self, docs, mask):
        h = self.input(docs)
        h = h.relu()
        h = self.hidden(h)
        h = h.relu()
        s = self.score(h).squeeze(-1)
        # padded documents rank last
        s = s.masked_fill(mask.logical_not(), -1e4)
        return s


def train_step(model, ema, optimizer, batch, max_norm=5.0):
    optimizer.zero_grad(set_to_none=True)
    loss = pairwise_rank_loss(model(batch["docs"], batch["mask"]), batch["relevance"])
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
    optimizer.step()
    ema.update(model)
    return float(loss.detach())
