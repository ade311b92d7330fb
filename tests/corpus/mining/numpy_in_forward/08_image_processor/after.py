from typing import Iterable, Optional, Tuple
import numpy as np
import torch
import torch.nn.functional as F


class FastProcessor(torch.nn.Module):
    """Part of the exported graph: takes raw pixels as tensors."""

    def __init__(self, size: int = 224, mean: Iterable[float] = (0.5,) * 3, std: Iterable[float] = (0.5,) * 3):
        super().__init__()
        self.size = size
        self.register_buffer("mean", torch.tensor(list(mean))[:, None, None])
        self.register_buffer("std", torch.tensor(list(std))[:, None, None])

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        x = torch.permute(pixels, (0, 3, 1, 2)).float() / 255
        h, w = x.shape[-2:]
        side = max(h, w)
        x = F.pad(x, (0, side - w, 0, side - h))
        x = F.interpolate(x, (self.size, self.size), mode="bilinear", align_corners=False)
        x = torch.clamp(x, 0, 1)
        return (x - self.mean) / self.std


class Histogram(torch.nn.Module):
    def __init__(self, bins: int = 32, sigma: float = 0.02):
        super().__init__()
        self.bins, self.sigma = bins, sigma

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        centres = torch.linspace(0, 1, self.bins)
        d = x.flatten(1)[..., None] - centres
        w = torch.exp(-0.5 * (d / self.sigma) ** 2)
        h = w.sum(1)
        return h / torch.sum(h, dim=-1, keepdim=True)


class SlowProcessor:
    """The old one, for lists of arrays of any size."""

    def __init__(self, size: int = 224):
        self.size = size

    def resize(self, image: np.ndarray) -> np.ndarray:
        ys = np.linspace(0, image.shape[0] - 1, self.size).round().astype(int)
        xs = np.linspace(0, image.shape[1] - 1, self.size).round().astype(int)
        return image[ys][:, xs]

    def __call__(self, images: Iterable[np.ndarray], mean: Optional[Tuple[float, ...]] = None) -> np.ndarray:
        out = []
        for image in images:
            image = self.resize(np.asarray(image)) / 255.0
            if mean is not None:
                image = image - np.asarray(mean)
            out.append(np.transpose(image, (2, 0, 1)))
        return np.stack(out).astype(np.float32)


def entropy(hist: torch.Tensor) -> torch.Tensor:
    return -(hist * torch.log(hist + 1e-9)).sum(-1)


def same(a: np.ndarray, b: torch.Tensor, atol: float = 1e-3) -> bool:
    return bool(np.allclose(a, b.numpy(), atol=atol))
