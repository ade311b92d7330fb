from __future__ import annotations

import torch
from torch import nn, Tensor


class PatchEmbed(nn.Module):
    def __init__(self, patch: int, d: int):
        super().__init__()
        self.proj = nn.Conv2d(3, d, patch, patch)

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        return self.proj(pixel_values).flatten(2).transpose(1, 2)


class MaskGenerator:
    def __init__(self, n: int, ratio: float):
        self.n, self.keep = n, int(n * (1 - ratio))

    def __call__(self, b: int) -> torch.Tensor:
        noise = torch.rand(b, self.n)
        cut = noise.kthvalue(self.keep, dim=1).values
        return noise > cut[:, None]


class MIM(nn.Module):
    mask_token: nn.Parameter

    def __init__(self, patch: int = 16, d: int = 64, n: int = 196):
        super().__init__()
        self.embed, self.mask_token = PatchEmbed(patch, d), nn.Parameter(torch.zeros(1, 1, d))
        self.body = nn.TransformerEncoder(nn.TransformerEncoderLayer(d, 4, batch_first=True), 2)
        self.head = nn.Linear(d, 3 * patch**2)
        self.patch = patch

    def forward(
        self,
        pixel_values: torch.Tensor | None = None,
        bool_masked_pos: torch.Tensor | None = None,
        head_mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.embed(pixel_values)
        if bool_masked_pos is not None:
            x = torch.where(bool_masked_pos[..., None], self.mask_token, x)
        y = self.head(self.body(x))
        return y, self.loss(pixel_values, y, bool_masked_pos)

    def loss(self, image: Tensor, y: Tensor, mask: Tensor | None) -> Tensor:
        t = nn.functional.unfold(image, self.patch, stride=self.patch).mT
        e = (y - t).abs().mean(-1)
        return e.mean() if mask is None else (e * mask).sum() / mask.sum()


def blockwise(h: int, w: int, n: int) -> Tensor:
    m = torch.BoolTensor(h, w).fill_(False)
    while m.sum() < n:
        y, x = (int(torch.randint(s - 1, ())) for s in (h, w))
        m[y : y + 2, x : x + 2] = True
    return m.flatten()


def normalise(x: torch.Tensor, mean: list[float], std: list[float]) -> torch.Tensor:
    m, s = x.new_tensor(mean), x.new_tensor(std)
    return (x - m[:, None, None]) / s[:, None, None]


def old(x: Tensor) -> Tensor:
    return x.type(torch.FloatTensor)
