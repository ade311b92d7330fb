import math
from typing import Optional
import torch

from diffuse.configuration import ConfigMixin, register_to_config


def cosine_betas(n: int, most: float = 0.999) -> torch.Tensor:
    bar = lambda t: math.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2
    return torch.tensor([min(1 - bar((i + 1) / n) / bar(i / n), most) for i in range(n)])


class DDIM(ConfigMixin):
    @register_to_config
    def __init__(self, num_train_timesteps: int = 1000, schedule: str = "linear", clip_sample: bool = True,
                 steps_offset: int = 0, prediction_type: str = "epsilon"):
        self.betas = cosine_betas(num_train_timesteps) if schedule == "cosine" else torch.linspace(1e-4, 0.02, num_train_timesteps)
        self.alphas_cumprod = (1 - self.betas).cumprod(0)
        self.num_inference_steps: Optional[int] = None
        self.timesteps = torch.arange(num_train_timesteps - 1, -1, -1)

    def set_timesteps(self, n: int):
        if n > self.config.num_train_timesteps:
            raise ValueError(f"{n} steps of {self.config.num_train_timesteps}")
        self.num_inference_steps = n
        ratio = self.config.num_train_timesteps // self.num_inference_steps
        self.timesteps = (torch.arange(0, n) * ratio).flip(0) + self.config.steps_offset

    def variance(self, t: int, prev: int) -> torch.Tensor:
        a, p = self.alphas_cumprod[t], self.alphas_cumprod[max(prev, 0)]
        return (1 - p) / (1 - a) * (1 - a / p)

    def step(self, out: torch.Tensor, t: int, x: torch.Tensor, eta: float = 0.0, generator=None):
        prev = t - self.config.num_train_timesteps // self.num_inference_steps
        a = self.alphas_cumprod[t]
        p = self.alphas_cumprod[prev] if prev >= 0 else torch.ones(())
        if self.config.prediction_type == "epsilon":
            x0, eps = (x - (1 - a).sqrt() * out) / a.sqrt(), out
        elif self.config.prediction_type == "sample":
            x0, eps = out, (x - a.sqrt() * out) / (1 - a).sqrt()
        else:
            x0, eps = a.sqrt() * x - (1 - a).sqrt() * out, a.sqrt() * out + (1 - a).sqrt() * x
        if self.config.clip_sample:
            x0 = x0.clamp(-1, 1)
        sigma = eta * self.variance(t, prev).sqrt()
        x = p.sqrt() * x0 + (1 - p - sigma**2).clamp(min=0).sqrt() * eps
        return x + sigma * torch.randn(x.shape, generator=generator) if eta > 0 else x

    def __len__(self):
        return self.config.num_train_timesteps


def karras(low: float, high: float, n: int, rho: float = 7.0) -> torch.Tensor:
    t = torch.linspace(0, 1, n)
    return (high ** (1 / rho) + t * (low ** (1 / rho) - high ** (1 / rho))) ** rho


class Plain:
    """No configuration machinery here."""

    def __init__(self, steps_offset=1):
        self.steps_offset = steps_offset

    def at(self, i):
        return i + self.steps_offset
