import random
from math import acos, sin
from typing import Tuple
import torch
from torch import Tensor


class SpectrogramPipeline:
    """Unconditional: images of spectrograms, then audio."""

    def __init__(self, unet, scheduler, mel, vqvae=None):
        self.unet, self.scheduler, self.mel, self.vqvae = unet, scheduler, mel, vqvae

    def default_steps(self) -> int:
        return 50 if type(self.scheduler).__name__.startswith("DDIM") else 1000

    def input_dims(self) -> Tuple[int, int]:
        side = self.unet.sample_size if self.vqvae is None else self.vqvae.sample_size
        return (side, side) if isinstance(side, int) else (side[0], side[1])

    @torch.no_grad()
    def __call__(self, batch=1, steps=None, start=0, noise=None, mask_s=0.0, mask_e=0.0, generator=None) -> Tensor:
        steps = steps or self.default_steps()
        self.scheduler.set_timesteps(steps)
        if isinstance(self.unet.sample_size, int):
            hw = (self.unet.sample_size, self.unet.sample_size)
        else:
            hw = self.unet.sample_size
        if noise is None:
            noise = torch.randn((batch, self.unet.in_channels, *hw), generator=generator)
        images = noise
        # pixels per second, from the sizes of the mel object (plain attributes there)
        rate = self.mel.sample_rate / self.mel.hop_length * noise.shape[-1] / self.mel.x_res
        a, b = int(mask_s * rate), int(mask_e * rate)
        for step, t in enumerate(self.scheduler.timesteps[start:]):
            out = self.unet(images, t)["sample"]
            images = self.scheduler.step(out, t, images)["prev_sample"]
            if a > 0:
                images[..., :a] = noise[..., :a]
            if b > 0:
                images[..., -b:] = noise[..., -b:]
        if self.vqvae is not None:
            images = self.vqvae.decode(images / self.vqvae.scaling_factor)["sample"]
        return (images / 2 + 0.5).clamp(0, 1)

    @torch.no_grad()
    def encode(self, images: Tensor, steps: int = 50) -> Tensor:
        self.scheduler.set_timesteps(steps)
        x = images
        for t in torch.flip(self.scheduler.timesteps, (0,)):
            prev = t - self.scheduler.num_train_timesteps // self.scheduler.num_inference_steps
            a_t = self.scheduler.alphas_cumprod[t]
            a_p = self.scheduler.alphas_cumprod[prev] if prev >= 0 else self.scheduler.final_alpha_cumprod
            eps = self.unet(x, t)["sample"]
            x = (x - (1 - a_p) ** 0.5 * eps) / a_p**0.5
            x = x * a_t**0.5 + (1 - a_t) ** 0.5 * eps
        return x

    @staticmethod
    def slerp(x0: Tensor, x1: Tensor, alpha: float) -> Tensor:
        theta = acos(float(x0.flatten() @ x1.flatten() / x0.norm() / x1.norm()))
        return sin((1 - alpha) * theta) * x0 / sin(theta) + sin(alpha * theta) * x1 / sin(theta)


def shuffle(tracks, seed):
    random.Random(seed).shuffle(tracks)
    return tracks
