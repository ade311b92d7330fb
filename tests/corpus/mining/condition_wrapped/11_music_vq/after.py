import torch
import torch.nn as nn
import torch.nn.functional as F


class StreamingAttention(nn.Module):
    def __init__(self, dim, heads, dropout=0.0, past=None):
        super().__init__()
        self.heads, self.past = heads, past
        self.inp, self.out = nn.Linear(dim, 3 * dim, bias=False), nn.Linear(dim, dim, bias=False)
        self.dropout = dropout

    def mask(self, n, device):
        i = torch.arange(n, device=device)
        gap = i[:, None] - i[None]
        ok = gap >= 0
        return ok if self.past is None else ok & (gap < self.past)

    def forward(self, x):
        q, k, v = self.inp(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, self.mask(x.shape[1], x.device), dropout_p=self.dropout if self.training else 0.)
        return self.out(y.transpose(1, 2).flatten(2))


class Conditioner(nn.Module):
    def __init__(self, vocab, dim, p=0.2):
        super().__init__()
        self.emb, self.p = nn.Embedding(vocab, dim), p
        self.null = nn.Parameter(torch.zeros(dim))

    def forward(self, ids, unconditional=False):
        c = self.emb(ids).mean(1)
        if unconditional:
            return self.null.expand_as(c)
        if self.training:
            gone = torch.rand(len(c), 1, device=c.device) < self.p
            c = torch.where(gone, self.null, c)
        return c


class QuantizerDropout(nn.Module):
    def __init__(self, books, size, dim, dropout=True):
        super().__init__()
        self.tables = nn.ParameterList(nn.Parameter(torch.randn(size, dim)) for _ in range(books))
        self.dropout = dropout

    def forward(self, z):
        n = len(self.tables)
        if self.training and self.dropout:
            n = int(torch.randint(1, n + 1, ()))
        total = torch.zeros_like(z)
        for t in list(self.tables)[:n]:
            total = total + t[torch.cdist(z - total, t).argmin(-1)]
        return z + (total - z).detach()


class MusicLM(nn.Module):
    def __init__(self, vocab=1024, dim=128, heads=4, depth=3):
        super().__init__()
        self.emb, self.cond = nn.Embedding(vocab, dim), Conditioner(100, dim)
        self.layers = nn.ModuleList(StreamingAttention(dim, heads, 0.1, past=250) for _ in range(depth))
        self.cross = nn.ModuleList(nn.Linear(dim, dim) for _ in range(depth))
        self.head = nn.Linear(dim, vocab)

    def forward(self, codes, text):
        x, c = self.emb(codes), self.cond(text)[:, None]
        for a, f in zip(self.layers, self.cross):
            x = x + a(x) + f(c)
        return self.head(F.dropout(x, 0.1, self.training))


def info(m):
    print(type(m).__name__, "dropout", getattr(m, "dropout", None))
