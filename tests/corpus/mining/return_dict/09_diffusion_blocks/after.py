from typing import NamedTuple, Optional, Union, Tuple

import torch
import torch.nn.functional as F
from torch import nn


class UNetOutput(NamedTuple):
    sample: torch.Tensor


class DecoderOutput(NamedTuple):
    sample: torch.Tensor
    latent: Optional[torch.Tensor] = None


class Res(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.n, self.c1, self.c2 = nn.GroupNorm(8, c), nn.Conv2d(c, c, 3, padding=1), nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        return x + self.c2(F.silu(self.c1(F.silu(self.n(x)))))


class UNet(nn.Module):
    def __init__(self, c=32, depth=2):
        super().__init__()
        self.inp, self.out = nn.Conv2d(4, c, 3, padding=1), nn.Conv2d(c, 4, 3, padding=1)
        self.down = nn.ModuleList(Res(c) for _ in range(depth))
        self.up = nn.ModuleList(Res(c) for _ in range(depth))

    def forward(self, x, t, return_dict: bool = True) -> Union[UNetOutput, Tuple]:
        x = self.inp(x)
        skips = []
        for d in self.down:
            x = d(x)
            skips.append(x)
            x = F.avg_pool2d(x, 2)
        for u in self.up:
            x = F.interpolate(x, scale_factor=2.0) + skips.pop()
            x = u(x)
        x = self.out(x)
        if not return_dict:
            return (x,)
        return UNetOutput(sample=x)


class VAE(nn.Module):
    def __init__(self, c=16):
        super().__init__()
        self.enc, self.dec = nn.Conv2d(3, 2 * c, 4, 4), nn.ConvTranspose2d(c, 3, 4, 4)

    def encode(self, x):
        mean, logvar = self.enc(x).chunk(2, 1)
        return mean, logvar.clamp(-30, 20)

    def decode(self, z, return_dict: bool = True):
        x = self.dec(z)
        return (x,) if not return_dict else DecoderOutput(sample=x)

    def forward(self, x, sample: bool = False, return_dict: bool = True):
        mean, logvar = self.encode(x)
        z = mean + torch.randn_like(mean) * (0.5 * logvar).exp() if sample else mean
        x = self.decode(z, return_dict=False)[0]
        if not return_dict:
            return x, z
        return DecoderOutput(x, z)


@torch.no_grad()
def denoise(unet, vae, z, schedule, return_latents=False):
    for t, a in schedule:
        z = (z - a * unet(z, t, return_dict=False)[0]) / (1 - a)
    return z if return_latents else vae.decode(z).sample
