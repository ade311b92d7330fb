from typing import NamedTuple

import torch
from torch import nn, Tensor


class Output(NamedTuple):
    sample: Tensor
    mean: Tensor
    log_var: Tensor


class Gaussian:
    def __init__(self, params: Tensor):
        self.mean, log_var = params.chunk(2, dim=1)
        self.log_var = log_var.clamp(-30.0, 20.0)

    def sample(self, generator=None) -> Tensor:
        noise = torch.randn(self.mean.shape, generator=generator, device=self.mean.device)
        return self.mean + (0.5 * self.log_var).exp() * noise

    def kl(self) -> Tensor:
        return 0.5 * (self.mean.pow(2) + self.log_var.exp() - 1 - self.log_var).sum((1, 2, 3))


class VAE(nn.Module):
    def __init__(self, in_channels: int = 3, latent_channels: int = 4, width: int = 32):
        super().__init__()
        self.in_channels, self.latent_channels = in_channels, latent_channels
        self.scaling_factor = 0.18215
        self.enc = nn.Sequential(nn.Conv2d(in_channels, width, 4, 4), nn.SiLU(), nn.Conv2d(width, 2 * latent_channels, 3, 1, 1))
        self.dec = nn.Sequential(nn.Conv2d(latent_channels, width, 3, 1, 1), nn.SiLU(), nn.ConvTranspose2d(width, in_channels, 4, 4))

    def encode(self, x: Tensor) -> Gaussian:
        return Gaussian(self.enc(x))

    def decode(self, z: Tensor) -> Tensor:
        return self.dec(z / self.scaling_factor)

    def forward(self, x: Tensor, return_dict: bool = True):
        q = self.encode(x)
        y = self.decode(q.sample() * self.scaling_factor)
        if not return_dict:
            return (y, q.mean)
        return Output(y, q.mean, q.log_var)


def loss(model: VAE, x: Tensor, beta: float) -> Tensor:
    out = model(x)
    q = model.encode(x)
    return nn.functional.mse_loss(out.sample, x) + beta * q.kl().mean()


def tiles(x: Tensor, size: int) -> list[Tensor]:
    return [r for row in x.split(size, -2) for r in row.split(size, -1)]


def latent_shape(model: VAE, h: int, w: int) -> tuple[int, int, int]:
    if h % 4 or w % 4:
        raise ValueError(f"{h}x{w} is no multiple of 4")
    return model.latent_channels, h // 4, w // 4
