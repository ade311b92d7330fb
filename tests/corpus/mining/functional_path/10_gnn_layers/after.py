from typing import Tuple

import torch
from torch import Tensor
from torch import nn
from torch.nn import Linear, Module, ModuleList, Parameter


def scatter_sum(src: Tensor, index: Tensor, n: int) -> Tensor:
    out = src.new_zeros((n,) + src.shape[1:])
    return out.index_add(0, index, src)


def edge_softmax(score: Tensor, index: Tensor, n: int) -> Tensor:
    top = score.new_full((n, score.shape[1]), float("-inf"))
    top = top.scatter_reduce(0, index[:, None].expand_as(score), score, reduce="amax")
    e = (score - top[index]).exp()
    return e / scatter_sum(e, index, n)[index].clamp(min=1e-12)


class GATLayer(Module):
    def __init__(self, d_in: int, d_out: int, heads: int, slope: float = 0.2, dropout: float = 0.6):
        super().__init__()
        self.lin = Linear(d_in, heads * d_out, bias=False)
        self.att = Parameter(torch.randn(2, heads, d_out) * 0.1)
        self.heads, self.slope, self.dropout = heads, slope, dropout

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        n = x.shape[0]
        x = nn.functional.dropout(x, self.dropout, training=self.training)
        h = self.lin(x).view(n, self.heads, -1)
        src, dst = edges
        score = (h[src] * self.att[0]).sum(-1) + (h[dst] * self.att[1]).sum(-1)
        score = nn.functional.leaky_relu(score, negative_slope=self.slope)
        a = edge_softmax(score, dst, n)
        a = nn.functional.dropout(a, self.dropout, training=self.training)
        return scatter_sum(h[src] * a[..., None], dst, n).flatten(1)


class GraphNet(Module):
    def __init__(self, d_in: int, d_hidden: int, classes: int, depth: int = 2):
        super().__init__()
        dims = [d_in] + [d_hidden] * depth
        self.layers = ModuleList(GATLayer(a, b // 4, heads=4) for a, b in zip(dims, dims[1:]))
        self.out = Linear(d_hidden, classes)

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        for layer in self.layers:
            x = nn.functional.elu(layer(x, edges))
        return self.out(x)


def link_loss(z: Tensor, pos: Tensor, neg: Tensor) -> Tensor:
    def score(e: Tensor) -> Tensor:
        return (z[e[0]] * z[e[1]]).sum(-1)

    up = nn.functional.softplus(-score(pos)).mean()
    down = nn.functional.softplus(score(neg)).mean()
    return up + down


def euler_characteristic(verts: int, edges: int, faces: int) -> Tuple[int, int]:
    V, E, F = verts, edges, faces
    return V - E + F, E
