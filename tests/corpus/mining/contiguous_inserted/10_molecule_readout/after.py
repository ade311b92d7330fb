import torch
from torch import nn


def gather_nodes(h, index):
    """h: (B, N, C), index: (B, E) -> (B, E, C)"""
    return h.gather(1, index[..., None].expand(-1, -1, h.shape[-1]))


class Message(nn.Module):
    def __init__(self, c, e, heads=4):
        super().__init__()
        self.heads, self.c = heads, c
        self.edge = nn.Linear(e, heads)
        self.val = nn.Linear(c, c)

    def forward(self, h, edge):
        b, n, c = h.shape
        w = self.edge(edge)
        w = w.permute(0, 3, 1, 2)
        w = w.contiguous()
        w = w.view(b * self.heads, n, n)
        v = self.val(h).view(b, n, self.heads, -1)
        v = v.transpose(1, 2)
        v = v.contiguous()
        v = v.view(b * self.heads, n, -1)
        m = torch.bmm(w.softmax(-1), v).view(b, self.heads, n, -1)
        m = m.permute(0, 2, 1, 3)
        m = m.contiguous()
        return h + m.view(b, n, c)


class TriangleUpdate(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.norm = nn.LayerNorm(c)
        self.ab = nn.Linear(c, 2 * c)
        self.gate, self.out = nn.Linear(c, c), nn.Linear(c, c)

    def forward(self, z):
        a, b = self.ab(self.norm(z)).chunk(2, -1)
        a = a.permute(0, 3, 1, 2)
        b = b.permute(0, 3, 2, 1)
        x = (a @ b).permute(0, 2, 3, 1)
        return z + self.gate(z).sigmoid() * self.out(x)


class Readout(nn.Module):
    def __init__(self, c, k):
        super().__init__()
        self.k = k
        self.score, self.out = nn.Linear(c, 1), nn.Linear(k * c, 1)

    def forward(self, h, mask):
        s = self.score(h).squeeze(-1)
        s = torch.where(mask, s, torch.finfo(s.dtype).min)
        top = s.topk(self.k).indices
        rows = gather_nodes(h, top)
        rows = rows * mask.gather(1, top)[..., None]
        return self.out(rows.view(len(h), -1)).squeeze(-1)


class Net(nn.Module):
    def __init__(self, atoms=20, c=64, e=16, depth=3):
        super().__init__()
        self.atom, self.pair = nn.Embedding(atoms, c), nn.Linear(1, e)
        self.layers = nn.ModuleList(Message(c, e) for _ in range(depth))
        self.tri = TriangleUpdate(e)
        self.read = Readout(c, 8)

    def forward(self, z, pos):
        h = self.atom(z)
        edge = self.tri(self.pair(torch.cdist(pos, pos)[..., None]))
        for layer in self.layers:
            h = layer(h, edge)
        return self.read(h, z > 0)


def distances(pos):
    p = pos.transpose(0, 1)
    return (p[:, None] - p[None]).norm(dim=-1)
