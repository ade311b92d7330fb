import torch as th
import torch.nn as nn


class DegreeEncoding(nn.Module):
    def __init__(self, most, width):
        super().__init__()
        self.table = nn.Embedding(most + 1, width)
        self.most = most

    def forward(self, adj):
        return self.table(adj.sum(-1).long().clamp(max=self.most))


class PathBias(nn.Module):
    """One scalar per head for each shortest-path length; 'unreachable' is a bucket of its own."""

    def __init__(self, far, heads):
        super().__init__()
        self.table = nn.Embedding(far + 2, heads)
        self.far = far

    def forward(self, dist):
        d = th.where(dist < 0, self.far + 1, dist.clamp(max=self.far))
        return self.table(d).permute(0, 3, 1, 2)


def floyd_warshall(adj):
    n = adj.shape[-1]
    dist = th.where(adj > 0, 1.0, float("inf"))
    dist.diagonal(dim1=-2, dim2=-1).zero_()
    for k in range(n):
        dist = th.minimum(dist, dist[:, :, k, None] + dist[:, None, k, :])
    return th.where(dist == float("inf"), -1, dist).long()


class GraphAttention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x, bias, node_mask):
        b, n, d = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        w = q @ k.transpose(-1, -2) * (d // self.heads) ** -0.5 + bias
        w = w.masked_fill(~node_mask[:, None, None], th.finfo(w.dtype).min)
        return self.out((w.softmax(-1) @ v).transpose(1, 2).reshape(b, n, d))


class Graphormer(nn.Module):
    def __init__(self, atoms, width=64, heads=4, depth=3, far=8):
        super().__init__()
        self.atom = nn.Embedding(atoms, width)
        self.degree = DegreeEncoding(12, width)
        self.path = PathBias(far, heads)
        self.layers = nn.ModuleList(GraphAttention(width, heads) for _ in range(depth))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(depth))
        self.score = nn.Linear(width, 1)

    def forward(self, atoms, adj):
        mask = atoms > 0
        x = self.atom(atoms) + self.degree(adj)
        bias = self.path(floyd_warshall(adj))
        for norm, layer in zip(self.norms, self.layers):
            x = x + layer(norm(x), bias, mask)
        s = self.score(x).squeeze(-1)
        return s.masked_fill(~mask, th.finfo(s.dtype).min)
