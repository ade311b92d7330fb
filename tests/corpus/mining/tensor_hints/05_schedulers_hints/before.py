import math
from typing import List, Optional, Tuple, Union
import numpy as np
import torch
from dataclasses import dataclass


@dataclass
class SchedulerOutput:
    prev_sample: torch.FloatTensor
    pred_original_sample: Optional[torch.FloatTensor] = None


def rescale_zero_snr(betas: torch.Tensor) -> torch.Tensor:
    a = (1 - betas).cumprod(0).sqrt()
    first, last = a[0].clone(), a[-1].clone()
    a = (a - last) * first / (first - last)
    bar = a**2
    return 1 - torch.cat([bar[:1], bar[1:] / bar[:-1]])


class PNDM:
    order = 4

    def __init__(self, steps: int = 1000, beta_start: float = 1e-4, beta_end: float = 2e-2):
        self.alphas = (1 - torch.linspace(beta_start, beta_end, steps)).cumprod(0)
        self.steps = steps
        self.ets: List[torch.FloatTensor] = []
        self.timesteps: np.ndarray = np.arange(0, steps)[::-1].copy()

    def set_timesteps(self, n: int, device: Union[str, torch.device, None] = None) -> None:
        t = (np.arange(0, n) * (self.steps // n))[::-1].copy()
        self.timesteps = torch.from_numpy(t).to(device)
        self.ets = []

    def step(
        self,
        model_output: torch.FloatTensor,
        timestep: int,
        sample: torch.FloatTensor,
        return_dict: bool = True,
    ) -> Union[SchedulerOutput, Tuple[torch.FloatTensor]]:
        self.ets = self.ets[-3:] + [model_output]
        weights = {1: [1], 2: [-1 / 2, 3 / 2], 3: [5 / 12, -16 / 12, 23 / 12], 4: [-9 / 24, 37 / 24, -59 / 24, 55 / 24]}
        e = sum(w * o for w, o in zip(weights[len(self.ets)], self.ets))
        prev = self._prev(sample, timestep, timestep - self.steps // 50, e)
        return SchedulerOutput(prev) if return_dict else (prev,)

    def _prev(self, x: torch.FloatTensor, t: int, s: int, e: torch.FloatTensor) -> torch.Tensor:
        a, b = self.alphas[t], self.alphas[max(s, 0)]
        return (b / a).sqrt() * x - (b - a) * e / (a * (1 - b).sqrt() + (a * (1 - a) * b).sqrt())

    def add_noise(
        self, x: torch.FloatTensor, noise: torch.FloatTensor, timesteps: torch.IntTensor
    ) -> torch.FloatTensor:
        a = self.alphas[timesteps].view(-1, *[1] * (x.ndim - 1))
        return a.sqrt() * x + (1 - a).sqrt() * noise

    def scale_model_input(self, sample: torch.Tensor, *args, **kwargs) -> torch.Tensor:
        return sample


def to_legacy(steps: List[int]) -> torch.Tensor:
    return torch.IntTensor(steps)


def log_snr(a: float) -> float:
    return math.log(a / (1 - a))
