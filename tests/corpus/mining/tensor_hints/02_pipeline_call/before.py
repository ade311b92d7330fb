import inspect
from typing import Any, Callable, Dict, List, Optional, Union

import numpy as np
import torch

Image = Union[np.ndarray, torch.FloatTensor]


class VideoPipeline:
    def __init__(self, vae, unet, scheduler):
        self.vae, self.unet, self.scheduler = vae, unet, scheduler

    def prepare_latents(self, shape, dtype: torch.dtype, generator=None, latents: Optional[torch.FloatTensor] = None):
        if latents is None:
            latents = torch.randn(shape, generator=generator, dtype=dtype)
        return latents * self.scheduler.init_noise_sigma

    def extra(self, eta: float) -> Dict[str, Any]:
        names = set(inspect.signature(self.scheduler.step).parameters.keys())
        return {"eta": eta} if "eta" in names else {}

    @torch.no_grad()
    def __call__(
        self,
        image: Optional[Image] = None,
        prompt_embeds: Optional[torch.FloatTensor] = None,
        negative_prompt_embeds: Optional[torch.FloatTensor] = None,
        num_frames: int = 16,
        steps: int = 50,
        guidance_scale: float = 7.5,
        latents: Optional[torch.FloatTensor] = None,
        callback: Optional[Callable[[int, int, torch.FloatTensor], None]] = None,
        output_type: str = "np",
    ) -> Union[List[np.ndarray], torch.FloatTensor]:
        """
        latents (`torch.FloatTensor`, optional): noise to start from.
        """
        self.scheduler.set_timesteps(steps)
        x = self.prepare_latents((1, 4, num_frames, 32, 32), prompt_embeds.dtype, latents=latents)
        cond = torch.cat([negative_prompt_embeds, prompt_embeds])
        for i, t in enumerate(self.scheduler.timesteps):
            u, c = self.unet(torch.cat([x, x]), t, cond).chunk(2)
            x = self.scheduler.step(u + guidance_scale * (c - u), t, x, **self.extra(0.0))
            if callback is not None:
                callback(i, t, x)
        video = self.decode(x)
        if output_type == "pt":
            return video
        return [f.permute(1, 2, 0).numpy() for f in video[0].unbind(1)]

    def decode(self, latents: torch.FloatTensor) -> torch.FloatTensor:
        b, c, f, h, w = latents.shape
        frames = self.vae.decode(latents.transpose(1, 2).reshape(b * f, c, h, w))
        return frames.unflatten(0, (b, f)).transpose(1, 2).float()


def is_float(x: torch.Tensor) -> bool:
    return isinstance(x, torch.FloatTensor) or x.dtype == torch.bfloat16


def as_kind(x: torch.Tensor, kind: str = "torch.FloatTensor") -> torch.Tensor:
    return x.type(kind)


def check_frames(video: torch.Tensor, frames: int) -> None:
    if video.ndim != 5 or video.shape[2] != frames:
        raise ValueError(f"want (B, C, {frames}, H, W), got {tuple(video.shape)}")
