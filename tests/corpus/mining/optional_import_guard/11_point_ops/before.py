import torch
import torch.nn as nn
from typing import Tuple
from pointnet2_ops import furthest_point_sample



def sample_far(xyz: torch.Tensor, n: int) -> torch.Tensor:
    if furthest_point_sample is not None and xyz.is_cuda:
        return furthest_point_sample(xyz, n).long()
    b, m, _ = xyz.shape
    dist = torch.full((b, m), 1e10, device=xyz.device)
    at, out = torch.zeros(b, dtype=torch.long, device=xyz.device), []
    for _ in range(n):
        out.append(at)
        centre = xyz.gather(1, at[:, None, None].expand(-1, 1, 3))
        dist = torch.minimum(dist, (xyz - centre).pow(2).sum(-1))
        at = dist.argmax(-1)
    return torch.stack(out, 1)


def rows(x: torch.Tensor, idx: torch.Tensor) -> torch.Tensor:
    flat = idx.flatten(1)
    return x.gather(1, flat[..., None].expand(-1, -1, x.shape[-1])).view(*idx.shape, -1)


class Abstraction(nn.Module):
    def __init__(self, n: int, k: int, cin: int, cout: int):
        super().__init__()
        self.n, self.k = n, k
        self.net = nn.Sequential(nn.Linear(cin + 3, cout), nn.ReLU(), nn.Linear(cout, cout))

    @torch.cuda.amp.autocast(enabled=False)
    def forward(self, xyz: torch.Tensor, f: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        new = rows(xyz, sample_far(xyz, self.n))
        near = torch.cdist(new, xyz).topk(self.k, largest=False).indices
        local = torch.cat([rows(xyz, near) - new[:, :, None], rows(f, near)], -1)
        return new, self.net(local).amax(2)


class Propagate(nn.Module):
    def __init__(self, cin: int, cout: int):
        super().__init__()
        self.net = nn.Linear(cin, cout)

    @torch.compile
    def forward(self, xyz, new, f, g):
        d, i = torch.cdist(xyz, new).topk(3, largest=False)
        w = 1 / (d + 1e-8)
        up = (rows(g, i) * (w / w.sum(-1, keepdim=True))[..., None]).sum(2)
        return torch.relu(self.net(torch.cat([f, up], -1)))


class Segmenter(nn.Module):
    def __init__(self, classes: int):
        super().__init__()
        self.down, self.up = Abstraction(64, 16, 3, 64), Propagate(67, 64)
        self.out = nn.Linear(64, classes)

    @torch.no_grad()
    def predict(self, xyz):
        return self(xyz).argmax(-1)

    def forward(self, xyz):
        new, g = self.down(xyz, xyz)
        return self.out(self.up(xyz, new, xyz, g))
