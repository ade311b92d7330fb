import torch
import torch.nn as nn
import torch.nn.functional as F


def fit_plane(points):
    c = points.mean(-2, keepdim=True)
    d = points - c
    u, s, _ = torch.svd(d.mT @ d)
    return u[..., -1], s, c[..., 0, :]


def grid(h, w, device):
    ys, xs = torch.meshgrid(torch.arange(h, device=device), torch.arange(w, device=device), indexing="ij")
    return torch.stack([xs, ys], -1).float()


class HomographyWarp(nn.Module):
    def __init__(self, h, w):
        super().__init__()
        self.h, self.w = h, w

    def forward(self, image, m):
        p = grid(self.h, self.w, image.device)
        p = torch.cat([p, torch.ones_like(p[..., :1])], -1)
        inv = torch.linalg.inv(m)
        q = torch.einsum("bij,hwj->bhwi", inv, p)
        q = q[..., :2] / q[..., 2:]
        q = 2 * q / torch.tensor([self.w - 1, self.h - 1], device=image.device) - 1
        return F.grid_sample(image, q, align_corners=True)


class Refiner(nn.Module):
    def __init__(self, c=32):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(6, c, 3, 2, 1), nn.ReLU(), nn.Conv2d(c, c, 3, 2, 1), nn.ReLU())
        self.out = nn.Linear(c, 9)
        nn.init.zeros_(self.out.weight)
        nn.init.constant(self.out.bias, 0)

    def forward(self, a, b):
        m = self.out(self.net(torch.cat([a, b], 1)).mean((2, 3))).view(-1, 3, 3)
        return m + torch.eye(3, device=a.device)


def gauss_newton(residual, jacobian, x, steps=5, damping=1e-3):
    for _ in range(steps):
        r, j = residual(x), jacobian(x)
        a = j.mT @ j + damping * torch.eye(x.shape[-1], device=x.device)
        l = torch.cholesky(a)
        x = x - torch.cholesky_solve((j.mT @ r[..., None]), l)[..., 0]
    return x


def orthonormal(m):
    q, r = torch.qr(m)
    sign = r.diagonal(dim1=-2, dim2=-1).sign()
    return q * sign[..., None, :]


class Track:
    def __init__(self):
        self.frames = []

    def qr(self):
        """Code on the marker, nothing to do with matrices."""
        return "-".join(str(f) for f in self.frames)


def label(track):
    return track.qr().upper()


def reprojection(k, rt, x, uv):
    p = (k @ (rt[..., :3] @ x[..., None] + rt[..., 3:]))[..., 0]
    return (p[..., :2] / p[..., 2:] - uv).norm(dim=-1)
