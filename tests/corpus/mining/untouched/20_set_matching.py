import torch
from torch import nn


class Sinkhorn(nn.Module):
    def __init__(self, rounds=20, eps=0.05):
        super().__init__()
        self.rounds, self.eps = rounds, eps

    def forward(self, cost):
        logp = -cost / self.eps
        for _ in range(self.rounds):
            logp = logp - logp.logsumexp(-1, keepdim=True)
            logp = logp - logp.logsumexp(-2, keepdim=True)
        return logp.exp()


class Matcher(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.a, self.b = nn.Linear(d, d), nn.Linear(d, d)
        self.solve = Sinkhorn()

    def forward(self, x, y, x_mask=None, y_mask=None):
        cost = torch.cdist(self.a(x), self.b(y))
        if x_mask is not None and y_mask is not None:
            both = x_mask[:, :, None] & y_mask[:, None]
            cost = torch.where(both, cost, cost.amax() + 1)
        return self.solve(cost)


def greedy(score):
    score, out = score.clone(), []
    n = min(score.shape)
    for _ in range(n):
        flat = int(score.argmax())
        i, j = divmod(flat, score.shape[1])
        out.append((i, j, float(score[i, j])))
        score[i, :] = float("-inf")
        score[:, j] = float("-inf")
    return out


def mutual(score):
    best_j, best_i = score.argmax(1), score.argmax(0)
    i = torch.arange(score.shape[0], device=score.device)
    keep = best_i[best_j] == i
    return i[keep], best_j[keep]


def ratio_test(dist, limit=0.8):
    d, j = dist.topk(2, dim=1, largest=False)
    ok = d[:, 0] < limit * d[:, 1]
    return ok.nonzero()[:, 0], j[ok, 0]


def precision(pairs, truth):
    hits = sum((i, j) in truth for i, j, *_ in pairs)
    return hits / max(len(pairs), 1)


class Chamfer(nn.Module):
    def forward(self, x, y):
        d = torch.cdist(x, y)
        return d.amin(2).mean(1) + d.amin(1).mean(1)
