import math
from torch import nn
import torch


class SinePosition(nn.Module):
    def __init__(self, features: int = 64, temperature: int = 10000, normalize: bool = True, scale=None):
        super().__init__()
        self.features = features
        self.temperature = temperature
        self.normalize = normalize
        self.scale = 2 * math.pi if scale is None else scale

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        not_mask = ~mask
        y_embed = not_mask.to(torch.int64).cumsum(1, dtype=torch.float32)
        x_embed = not_mask.to(torch.int64).cumsum(2, dtype=torch.float32)
        if self.normalize:
            eps = 1e-6
            y_embed = y_embed / (y_embed[:, -1:, :] + eps) * self.scale
            x_embed = x_embed / (x_embed[:, :, -1:] + eps) * self.scale
        dim_t = torch.arange(self.features, dtype=torch.float32, device=x.device)
        dim_t = self.temperature ** (2 * torch.div(dim_t, 2, rounding_mode="floor") / self.features)
        px = x_embed[:, :, :, None] / dim_t
        py = y_embed[:, :, :, None] / dim_t
        px = torch.stack((px[..., 0::2].sin(), px[..., 1::2].cos()), dim=4).flatten(3)
        py = torch.stack((py[..., 0::2].sin(), py[..., 1::2].cos()), dim=4).flatten(3)
        return torch.cat((py, px), dim=3).permute(0, 3, 1, 2)


class LearnedPosition(nn.Module):
    def __init__(self, features: int = 128, cells: int = 50):
        super().__init__()
        self.row = nn.Embedding(cells, features)
        self.col = nn.Embedding(cells, features)

    def forward(self, x, mask=None):
        h, w = x.shape[-2:]
        col = self.col(torch.arange(w, device=x.device))
        row = self.row(torch.arange(h, device=x.device))
        grid = torch.cat([col[None].expand(h, -1, -1), row[:, None].expand(-1, w, -1)], dim=-1)
        return grid.permute(2, 0, 1)[None].expand(x.shape[0], -1, -1, -1)


def build(kind: str, hidden: int) -> nn.Module:
    if kind in ("sine", "v2"):
        return SinePosition(hidden // 2, normalize=True)
    if kind in ("learned", "v3"):
        return LearnedPosition(hidden // 2)
    raise ValueError(f"not supported: {kind}")


def row_energy(image: torch.Tensor) -> torch.Tensor:
    """Seam carving: cheapest path from the top, as a running minimum and a running sum."""
    gx = image.diff(dim=-1).abs()
    energy = gx.mean(dim=1)
    return energy.cumsum(1, dtype=torch.float32)


def flatten(features, positions):
    tokens = features.flatten(2).transpose(1, 2)
    where = positions.flatten(2).transpose(1, 2)
    return tokens + where
