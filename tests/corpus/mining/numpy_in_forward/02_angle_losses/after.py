import torch
import torch.nn.functional as F
from torch import nn


def wrap(a):
    return (a + torch.pi) % (2 * torch.pi) - torch.pi


class BoxLoss(nn.Module):
    def __init__(self, bins=12):
        super().__init__()
        self.bins = bins

    def direction(self, yaw):
        per = 2 * torch.pi / self.bins
        shifted = wrap(yaw) + torch.pi
        cls = torch.floor(shifted / per).long().clamp(0, self.bins - 1)
        res = shifted - (cls * per + per / 2)
        return cls, res / (per / 2)

    def forward(self, pred, yaw):
        cls, res = self.direction(yaw)
        logits, offset = pred.split(self.bins, dim=-1)
        chosen = offset.gather(-1, cls[..., None]).squeeze(-1)
        return F.cross_entropy(logits, cls) + F.smooth_l1_loss(chosen, res)


class SphericalProjection(nn.Module):
    def __init__(self, h=64, w=1024, up=3.0, down=-25.0):
        super().__init__()
        self.h, self.w = h, w
        self.up, self.down = up / 180 * 3.141592653589793, down / 180 * 3.141592653589793

    def forward(self, points):
        depth = torch.linalg.norm(points, dim=1)
        yaw = -torch.arctan2(points[:, 1], points[:, 0])
        pitch = torch.arcsin(points[:, 2] / depth)
        u = 0.5 * (yaw / torch.pi + 1.0) * self.w
        v = (1.0 - (pitch - self.down) / (self.up - self.down)) * self.h
        u = torch.clamp(torch.floor(u), 0, self.w - 1).long()
        v = torch.clamp(torch.floor(v), 0, self.h - 1).long()
        image = points.new_zeros(self.h * self.w)
        return image.scatter(0, v * self.w + u, depth).view(self.h, self.w)


class RangeNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.project = SphericalProjection()
        self.net = nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, classes, 1))

    def forward(self, points):
        return self.net(self.project(points)[None, None])


def degrees(a):
    return torch.rad2deg(a)


def median_absolute(x):
    m = x.median()
    return (x - m).abs().median()
