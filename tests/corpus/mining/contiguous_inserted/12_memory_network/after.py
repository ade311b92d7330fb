import torch
import torch.nn.functional as F
from torch.nn import Embedding, Linear, Module, Parameter


class EpisodicMemory(Module):
    def __init__(self, slots, width, heads):
        super().__init__()
        self.heads = heads
        self.keys = Parameter(torch.randn(slots, width) * width**-0.5)
        self.values = Parameter(torch.randn(slots, width) * width**-0.5)
        self.q = Linear(width, width)

    def forward(self, x):
        b, n, d = x.shape
        h = self.heads
        q = self.q(x).view(b, n, h, d // h).transpose(1, 2)
        k = self.keys.view(-1, h, d // h).permute(1, 2, 0)
        v = self.values.view(-1, h, d // h).transpose(0, 1)
        out = (q @ k).softmax(-1) @ v
        out = out.transpose(1, 2)
        out = out.contiguous()
        out = out.view(b, n, d)
        return x + out


class ProductKeys(Module):
    """Two half keys; the best sums of them are the best products."""

    def __init__(self, half, width, k=8):
        super().__init__()
        self.half, self.k = half, k
        self.keys = Parameter(torch.randn(2, half, width // 2) * width**-0.5)
        self.value = Embedding(half * half, width)

    def forward(self, x):
        b, n, d = x.shape
        q = x.view(b * n, 2, d // 2).transpose(0, 1)
        q = q.contiguous()
        s = torch.bmm(q.view(2, b * n, -1), self.keys.transpose(1, 2))
        best, index = s.topk(self.k, dim=-1)
        total = best[0][:, :, None] + best[1][:, None, :]
        flat = index[0][:, :, None] * self.half + index[1][:, None, :]
        w, pick = total.flatten(1).topk(self.k)
        rows = self.value(flat.flatten(1).gather(1, pick))
        return (w.softmax(-1)[..., None] * rows).sum(1).view(b, n, d)


class Reader(Module):
    def __init__(self, vocab, width=128):
        super().__init__()
        self.emb = Embedding(vocab, width)
        self.memory, self.pkm = EpisodicMemory(64, width, 4), ProductKeys(32, width)
        self.conv = Parameter(torch.randn(width, 1, 3) * 0.3)

    def local(self, x):
        y = x.transpose(1, 2)
        y = F.conv1d(y, self.conv, padding=1, groups=y.shape[1])
        y = y.transpose(1, 2)
        return x + y

    def forward(self, ids):
        x = self.local(self.emb(ids))
        x = self.memory(x) + self.pkm(x)
        return x @ self.emb.weight.t()


def attention_map(w, side):
    # (B, H, N) -> (B, side, side), averaged
    w = w.mean(1)
    return w.view(-1, side, side)


def token_major(cache):
    rows = []
    for k, v in cache:
        kv = torch.stack((k, v)).permute(1, 3, 0, 2, 4)
        kv = kv.contiguous()
        rows.append(kv.view(kv.shape[0], kv.shape[1], -1))
    return torch.cat(rows, dim=-1)
