import torch
from torch import Tensor
from torch.nn import Linear, Module


def degree(index: Tensor, n: int) -> Tensor:
    return torch.zeros(n, dtype=torch.long).scatter_add(0, index, torch.ones_like(index))


def relabel(nodes: Tensor, n: int) -> Tensor:
    table = torch.full((n,), -1)
    table[nodes] = torch.arange(nodes.numel())
    return table


def random_walk(row_ptr: Tensor, col: Tensor, start: Tensor, length: int) -> Tensor:
    path, at = [start], start
    for _ in range(length):
        deg = row_ptr[at + 1] - row_ptr[at]
        r = torch.rand(len(at))
        step = (r * deg).long().clamp(max=(deg - 1).clamp(min=0))
        nxt = col[(row_ptr[at] + step).clamp(max=len(col) - 1)]
        at = torch.where(deg > 0, nxt, at)
        path.append(at)
    return torch.stack(path, 1)


def negative_edges(edges: Tensor, n: int, k: int) -> Tensor:
    m = edges.shape[1]
    dst = torch.randint(n, (m * k,))
    return torch.stack([edges[0].repeat_interleave(k), dst])


class Sage(Module):
    def __init__(self, d_in: int, d_out: int):
        super().__init__()
        self.own, self.other = Linear(d_in, d_out), Linear(d_in, d_out, bias=False)

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        src, dst = edges
        total = torch.zeros_like(x).index_add(0, dst, x[src])
        mean = total / degree(dst, len(x)).clamp(min=1)[:, None]
        return self.own(x) + self.other(mean)


class PairNorm(Module):
    def forward(self, x: Tensor) -> Tensor:
        x = x - x.mean(0)
        return x / x.pow(2).sum(1).mean().sqrt()


def subgraph(edges: Tensor, keep: Tensor, n: int) -> Tensor:
    new = relabel(keep, n)[edges]
    return new[:, (new >= 0).all(0)]


def ring(n: int) -> Tensor:
    """Test graph, on the host."""
    i = torch.arange(n)
    return torch.stack([i, (i + 1) % n])


def split(edges: Tensor, part: float, seed: int):
    g = torch.Generator().manual_seed(seed)
    order = torch.randperm(edges.shape[1], generator=g)
    cut = int(part * len(order))
    return edges[:, order[:cut]], edges[:, order[cut:]]
