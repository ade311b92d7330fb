import math
import torch
import torch.nn.functional as F


def look_around(x, backward=1, forward=0, pad_value=-1, dim=2):
    t = x.shape[1]
    dims = (len(x.shape) - dim) * (0, 0)
    padded = F.pad(x, (*dims, backward, forward), value=pad_value)
    return torch.cat([padded[:, i : i + t] for i in range(forward + backward + 1)], dim=dim)


class LocalAttention(torch.nn.Module):
    def __init__(self, window, causal=True, look_backward=1, look_forward=None, dropout=0.0):
        super().__init__()
        self.window, self.causal = window, causal
        self.backward = look_backward
        self.forward_windows = (0 if causal else 1) if look_forward is None else look_forward
        self.dropout = torch.nn.Dropout(dropout)

    def forward(self, q, k, v, mask=None):
        b, n, d = q.shape
        w = n // self.window
        bq, bk, bv = (t.reshape(b, w, self.window, -1) for t in (q, k, v))
        around = dict(backward=self.backward, forward=self.forward_windows)
        bk = look_around(bk, **around)
        bv = look_around(bv, **around)
        tick = torch.arange(n, device=q.device).view(1, w, self.window)
        seen = look_around(tick, **around)
        tick, seen = tick[..., :, None], seen[..., None, :]

        dots = torch.einsum("bwie,bwje->bwij", bq, bk) / math.sqrt(d)
        if self.causal:
            dots = dots.masked_fill(tick < seen, torch.finfo(dots.dtype).min)
        # -1 is the padding of look_around
        dots = dots.masked_fill(seen == -1, torch.finfo(dots.dtype).min)
        if mask is not None:
            mq = mask.view(b, w, self.window)
            mk = look_around(mq, **around, pad_value=False)
            keep = mq[..., :, None] & mk[..., None, :]
            dots = dots.masked_fill(~keep, torch.finfo(dots.dtype).min)
        attn = self.dropout(dots.softmax(dim=-1))
        return torch.einsum("bwij,bwje->bwie", attn, bv).reshape(b, n, -1)


class BestCheckpoint:
    def __init__(self, patience=3):
        self.best = float("-inf")
        self.patience, self.bad = patience, 0

    def update(self, value):
        if value > self.best:
            self.best, self.bad = value, 0
        else:
            self.bad += 1
        return self.bad >= self.patience


def logsumexp_list(values):
    top = max(values, default=float("-inf"))
    if top == float("-inf"):
        return top
    return top + math.log(sum(math.exp(v - top) for v in values))
