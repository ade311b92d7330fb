from __future__ import annotations
import torch, math
from torch import nn


def base_grid(h: int, w: int, like: torch.Tensor) -> torch.Tensor:
    ys = torch.linspace(-1, 1, h, device=like.device, dtype=like.dtype)
    xs = torch.linspace(-1, 1, w, device=like.device, dtype=like.dtype)
    gy, gx = torch.meshgrid(ys, xs, indexing="ij")
    return torch.stack((gx, gy), dim=-1)


class OffsetUpsampler(nn.Module):
    def __init__(self, channels: int, factor: int = 2) -> None:
        super().__init__()
        self.factor = factor
        self.offset = nn.Conv2d(channels, 2 * factor**2, kernel_size=1)
        nn.init.zeros_(self.offset.weight)
        nn.init.zeros_(self.offset.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, c, h, w = x.shape
        off = nn.functional.pixel_shuffle(self.offset(x), self.factor).permute(0, 2, 3, 1)
        grid = base_grid(h * self.factor, w * self.factor, x)
        grid = grid + off * (2.0 / max(h, w))
        return nn.functional.grid_sample(x, grid,
                             mode="bilinear", padding_mode="border",   # border: no dark frame
                             align_corners=True)


class PyramidFusion(nn.Module):
    def __init__(self, widths: list[int], out: int) -> None:
        super().__init__()
        self.lateral = nn.ModuleList([nn.Conv2d(w, out, 1) for w in widths])
        self.up = OffsetUpsampler(out)

    def forward(self, maps: list[torch.Tensor]) -> list[torch.Tensor]:
        maps = [lat(m) for lat, m in zip(self.lateral, maps)]
        top = maps[-1]
        result = [top]
        for m in reversed(maps[:-1]):
            if m.shape[-2:] == (top.shape[-2] * 2, top.shape[-1] * 2):
                top = m + self.up(top)
            else:
                top = m + nn.functional.interpolate(top, size=m.shape[-2:], mode="nearest")
            result.insert(0, top)
        return result


def gaussian_blur(image: torch.Tensor, sigma: float) -> torch.Tensor:
    r = int(math.ceil(3 * sigma))
    t = torch.arange(-r, r + 1, dtype=image.dtype, device=image.device)
    k = torch.exp(-(t**2) / (2 * sigma**2))
    k = (k / k.sum()).expand(image.shape[1], 1, -1)
    image = nn.functional.conv2d(image, k[:, :, None, :], groups=image.shape[1], padding=(0, r))
    return nn.functional.conv2d(image, k[:, :, :, None], groups=image.shape[1], padding=(r, 0))


def focal_length(f_mm: float, sensor_mm: float, width: int) -> float:
    F = f_mm / sensor_mm
    return F * width
