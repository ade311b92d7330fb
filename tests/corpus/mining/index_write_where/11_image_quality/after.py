"""Full-reference and no-reference quality measures for batches in [0, 1]."""
from __future__ import division
import torch
import torch.nn.functional as F


def rgb_to_hsv(img):
    r, g, b = img.unbind(1)
    top, arg = img.max(1)
    span = top - img.amin(1)
    safe = span.clone()
    safe = torch.where(span == 0, 1, safe)
    hue = (r - g) / safe + 4
    second = 2 + (b - r) / safe
    first = ((g - b) / safe) % 6
    hue = torch.where(arg == 1, second, hue)
    hue = torch.where(arg == 0, first, hue)
    hue = torch.where(span == 0, 0, hue)
    sat = span / top.clamp(min=1e-8)
    return torch.stack((hue / 6, sat, top), dim=1)


def to_linear(srgb):
    low = srgb / 12.92
    out = ((srgb + 0.055) / 1.055) ** 2.4
    dark = srgb <= 0.04045
    out = torch.where(dark, low, out)
    return out


def gradient_map(x):
    k = torch.zeros(2, 1, 3, 3, dtype=x.dtype, device=x.device)
    # Prewitt
    k[0, 0, :, 0], k[0, 0, :, 2] = 1 / 3, -1 / 3
    k[1, 0, 0], k[1, 0, 2] = 1 / 3, -1 / 3
    return F.conv2d(x, k, padding=1).pow(2).sum(1, keepdim=True).sqrt()


def gmsd(a, b, c=0.0026):
    ga, gb = gradient_map(a.mean(1, True)), gradient_map(b.mean(1, True))
    gms = (2 * ga * gb + c) / (ga * ga + gb * gb + c)
    return gms.flatten(1).std(1)


def psnr(a, b):
    mse = (a - b).pow(2).flatten(1).mean(1)
    out = -10 * torch.log10(mse)
    same = mse == 0
    out = torch.where(same, 100.0, out)
    return out


def histogram(x, bins=64):
    rows = []
    for channel in x.flatten(2).transpose(0, 1):
        h = torch.zeros(channel.shape[0], bins)
        for i, row in enumerate(channel):
            h[i] = torch.histc(row, bins, 0, 1)
        rows.append(h / h.sum(1, keepdim=True))
    return torch.stack(rows)


def saturated(x, low=0.02, high=0.98):
    flag = (x < low) | (x > high)
    return flag.float().mean(dim=(1, 2, 3))
