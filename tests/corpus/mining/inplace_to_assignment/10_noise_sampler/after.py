from dataclasses import dataclass
from typing import Optional, Union

import torch


@dataclass
class StepOutput:
    prev_sample: torch.Tensor
    pred_original: Optional[torch.Tensor] = None


class AncestralSampler:
    def __init__(self, train_steps: int = 1000, beta_start: float = 1e-4, beta_end: float = 0.02,
                 clip_sample: bool = True, thresholding: bool = False):
        self.betas = torch.linspace(beta_start, beta_end, train_steps)
        self.alphas_cumprod = torch.cumprod(1 - self.betas, dim=0)
        self.clip_sample, self.thresholding = clip_sample, thresholding
        self.timesteps = torch.arange(train_steps - 1, -1, -1)

    def set_timesteps(self, n: int, device: Union[str, torch.device] = "cpu"):
        step = len(self.betas) // n
        self.timesteps = torch.arange(0, n, device=device).mul(step).flip(0)

    def _threshold(self, x: torch.Tensor, ratio: float = 0.995) -> torch.Tensor:
        b = x.shape[0]
        s = x.reshape(b, -1).abs().quantile(ratio, dim=1)
        s = s.clamp(min=1, max=100)
        s = s.view(b, *[1] * (x.dim() - 1))
        return torch.clamp(x, -s, s) / s

    def step(self, noise: torch.Tensor, t: int, sample: torch.Tensor,
             generator: Optional[torch.Generator] = None) -> StepOutput:
        a_t = self.alphas_cumprod[t]
        a_prev = self.alphas_cumprod[t - 1] if t > 0 else torch.ones_like(a_t)
        x0 = (sample - (1 - a_t).sqrt() * noise) / a_t.sqrt()
        if self.thresholding:
            x0 = self._threshold(x0)
        elif self.clip_sample:
            x0 = x0.clamp(-1, 1)
        var = (1 - a_prev) / (1 - a_t) * (1 - a_t / a_prev)
        mean = a_prev.sqrt() * x0 + (1 - a_prev - var).clamp(min=0).sqrt() * noise
        if t > 0:
            eps = torch.empty_like(mean)
            # in place on a fresh buffer: the generator has no functional form
            eps.normal_(generator=generator)
            eps = eps.mul(var.sqrt())
            mean = mean.add(eps)
        return StepOutput(mean, x0)

    def add_noise(self, x: torch.Tensor, noise: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        a = self.alphas_cumprod.to(x.device)[t].view(-1, *[1] * (x.dim() - 1))
        return a.sqrt() * x + (1 - a).sqrt() * noise


@torch.inference_mode()
def run(model, sampler, shape, steps, device):
    x = torch.randn(shape, device=device)
    sampler.set_timesteps(steps, device)
    for t in sampler.timesteps.tolist():
        x = sampler.step(model(x, t), t, x).prev_sample
    return x.add(1).div(2).clamp(0, 1)
