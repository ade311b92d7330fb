import torch
from torch import nn
from operator import itemgetter


def inverse(perm):
    return [i for i, _ in sorted(enumerate(perm), key=itemgetter(1))]


class PermuteThen(nn.Module):
    """Applies ``fn`` along one axis; the axis is moved next to the channels first."""

    def __init__(self, permutation, fn):
        super().__init__()
        self.fn = fn
        self.forward_order = permutation
        self.back = inverse(permutation)

    def forward(self, x):
        axial = x.permute(*self.forward_order)
        shape = axial.shape
        *_, t, d = shape
        axial = axial.view(-1, t, d)
        axial = self.fn(axial).reshape(*shape)
        return axial.permute(*self.back)


class Attend(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.e = heads, dim // heads
        self.q, self.kv, self.o = nn.Linear(dim, dim, bias=False), nn.Linear(dim, 2 * dim, bias=False), nn.Linear(dim, dim)

    def forward(self, x):
        q, (k, v) = self.q(x), self.kv(x).chunk(2, dim=-1)
        b, t, d = q.shape

        def merge(y):
            y = y.reshape(b, -1, self.heads, self.e).transpose(1, 2)
            y = y.view(b * self.heads, -1, self.e)
            return y

        q, k, v = map(merge, (q, k, v))
        a = torch.einsum("bie,bje->bij", q, k) * self.e**-0.5
        y = a.softmax(-1) @ v
        y = y.reshape(b, self.heads, -1, self.e).transpose(1, 2)
        y = y.view(b, -1, d)
        return self.o(y)


class Axial(nn.Module):
    def __init__(self, dim, heads=8, channels_last=False):
        super().__init__()
        rows, cols = ([0, 1, 2, 3], [0, 2, 1, 3]) if channels_last else ([0, 2, 3, 1], [0, 3, 2, 1])
        self.rows = PermuteThen(rows, Attend(dim, heads))
        self.cols = PermuteThen(cols, Attend(dim, heads))

    def forward(self, x):
        return self.rows(x) + self.cols(x)


class PositionGrid(nn.Module):
    def __init__(self, dim, h, w):
        super().__init__()
        self.row = nn.Parameter(torch.zeros(1, dim, h, 1))
        self.col = nn.Parameter(torch.zeros(1, dim, 1, w))

    def forward(self, x):
        pos = self.row + self.col
        pos = pos.permute(0, 2, 3, 1)
        return x + pos


def stats(x):
    flat = x.transpose(0, 1).flatten(1)
    return flat.mean(1), flat.std(1)
