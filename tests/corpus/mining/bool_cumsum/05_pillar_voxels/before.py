from collections import namedtuple
import torch
import torch.nn as nn

Grid = namedtuple("Grid", "low high cell")


def voxel_index(points, grid):
    cell = torch.tensor(grid.cell, device=points.device)
    low = torch.tensor(grid.low, device=points.device)
    size = ((torch.tensor(grid.high, device=points.device) - low) / cell).round().long()
    ijk = ((points[:, :3] - low) / cell).floor().long()
    ok = ((ijk >= 0) & (ijk < size)).all(1)
    flat = (ijk[:, 2] * size[1] + ijk[:, 1]) * size[0] + ijk[:, 0]
    return flat, ok, size


def compact(flat, ok):
    """Number the occupied voxels 0, 1, 2 ... in the order of their index."""
    n = int(flat.max()) + 1
    seen = torch.zeros(n, dtype=torch.bool, device=flat.device)
    seen[flat[ok]] = True
    rank = torch.cumsum(seen, 0) - 1
    return rank[flat], int(seen.sum())


def first_k(index, k):
    order = torch.argsort(index, stable=True)
    s = index[order]
    fresh = torch.ones_like(s, dtype=torch.bool)
    fresh[1:] = s[1:] != s[:-1]
    group = torch.cumsum(fresh, 0) - 1
    start = torch.nonzero(fresh).squeeze(1)
    place = torch.arange(len(s), device=s.device) - start[group]
    keep = place < k
    return order[keep], place[keep]


class PillarEncoder(nn.Module):
    def __init__(self, cin=4, width=64, points=32):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(cin + 3, width, bias=False), nn.BatchNorm1d(width), nn.ReLU())
        self.points = points
        self.width = width

    def forward(self, points, grid):
        flat, ok, size = voxel_index(points, grid)
        rank, n = compact(flat, ok)
        mean = points.new_zeros(n, 3).index_add(0, rank[ok], points[ok, :3])
        count = points.new_zeros(n).index_add(0, rank[ok], torch.ones_like(points[ok, 0]))
        mean = mean / count[:, None].clamp(min=1)
        h = self.net(torch.cat([points[ok], points[ok, :3] - mean[rank[ok]]], dim=1))
        out = h.new_full((n, self.width), -1e9)
        return out.scatter_reduce(0, rank[ok][:, None].expand_as(h), h, "amax")


def visible(density, step):
    # transmittance along a ray: running sum over samples
    return torch.exp(-torch.cumsum(density * step, 1))


def split_points(counts):
    ends = torch.cumsum(counts, 0)
    return ends - counts, ends
