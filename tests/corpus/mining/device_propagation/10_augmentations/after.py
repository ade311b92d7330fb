"""Batched augmentations that run where the images are."""
import random
import torch
import torch.nn.functional as F
from torch import nn


def mixup(x, y, alpha=0.2):
    lam = torch.distributions.Beta(alpha, alpha).sample((len(x),)).to(x.device)
    perm = torch.randperm(len(x), device=x.device)
    w = lam[:, None, None, None]
    return w * x + (1 - w) * x[perm], y, y[perm], lam


def cutmix(x, y):
    b, _, h, w = x.shape
    cut = random.random() ** 0.5
    cy, cx = random.randrange(h), random.randrange(w)
    ys, xs = torch.arange(h, device=x.device)[:, None], torch.arange(w, device=x.device)[None]
    inside = ((ys - cy).abs() < h * cut / 2) & ((xs - cx).abs() < w * cut / 2)
    perm = torch.randperm(b, device=x.device)
    return torch.where(inside, x[perm], x), y, y[perm], 1 - inside.float().mean()


class RandomAffine(nn.Module):
    def __init__(self, degrees=15.0, shift=0.1):
        super().__init__()
        self.degrees, self.shift = degrees, shift

    def forward(self, img):
        if not self.training:
            return img
        n = img.shape[0]
        a = (torch.rand(n, device=img.device) * 2 - 1) * self.degrees * torch.pi / 180
        s = (torch.rand(n, 2, device=img.device) * 2 - 1) * self.shift
        top = torch.stack([a.cos(), -a.sin(), s[:, 0]], -1)
        low = torch.stack([a.sin(), a.cos(), s[:, 1]], -1)
        grid = F.affine_grid(torch.stack([top, low], 1), img.shape, align_corners=False)
        return F.grid_sample(img, grid, padding_mode="reflection", align_corners=False)


class Erase(nn.Module):
    def __init__(self, p=0.25):
        super().__init__()
        self.p = p

    def forward(self, img):
        hit = torch.rand(img.size(0), 1, 1, 1, device=img.device) < self.p
        noise = torch.randn_like(img)
        return torch.where(hit & self.training, noise, img)


class Normalise(nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean)[:, None, None])
        self.register_buffer("std", torch.tensor(std)[:, None, None])

    def forward(self, img):
        return (img - self.mean) / self.std


def jpeg_table(quality):
    base = torch.arange(64).view(8, 8) + 10
    scale = 5000 / quality if quality < 50 else 200 - 2 * quality
    return ((base * scale + 50) / 100).floor().clamp(1, 255)
