# Interpolation between prompts and between seeds, frame by frame.
import time
from pathlib import Path

import numpy as np
import torch


def slerp(t, a, b, threshold=0.9995):
    dot = (a * b).sum() / (a.norm() * b.norm())
    if dot.abs() > threshold:
        return (1 - t) * a + t * b
    theta = dot.acos()
    return ((1 - t) * theta).sin() / theta.sin() * a + (t * theta).sin() / theta.sin() * b


class Walker:
    def __init__(self, pipe, fps=15):
        self.pipe = pipe
        self.fps = fps
        self.sample_rate = 44100

    def noise(self, seed, height, width):
        g = torch.Generator().manual_seed(seed)
        c = self.pipe.unet.config.in_channels
        return torch.randn((1, c, height // 8, width // 8), generator=g)

    def embed(self, text):
        tok = self.pipe.tokenizer
        ids = tok(text, padding="max_length", max_length=tok.model_max_length, return_tensors="pt").input_ids
        return self.pipe.text_encoder(ids)[0]

    def size(self, height=None, width=None):
        side = self.pipe.unet.config.sample_size * 8
        return height or side, width or side

    def frames(self, prompts, seeds, steps, height=None, width=None):
        height, width = self.size(height, width)
        pairs = zip(zip(prompts, seeds), zip(prompts[1:], seeds[1:]))
        for (p0, s0), (p1, s1) in pairs:
            e0, e1 = self.embed(p0), self.embed(p1)
            z0, z1 = self.noise(s0, height, width), self.noise(s1, height, width)
            for t in np.linspace(0, 1, steps, endpoint=False):
                yield (1 - t) * e0 + t * e1, slerp(float(t), z0, z1)

    def walk(self, prompts, seeds, steps, folder, **kw):
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        start = time.time()
        for n, (e, z) in enumerate(self.frames(prompts, seeds, steps)):
            image = self.pipe(prompt_embeds=e, latents=z, **kw).images[0]
            image.save(folder / f"{n:06d}.png")
        print(f"{n + 1} frames in {time.time() - start:.0f} s")

    def audio_window(self, audio, frame):
        n = self.sample_rate // self.fps
        return audio[frame * n : (frame + 1) * n]


def vae_scale(pipe):
    v = pipe.vae
    return 2 ** (len(v.config.block_out_channels) - 1), v.config.scaling_factor


def attributes(model):
    return sorted(k for k in vars(model) if k in {"in_channels", "sample_size", "scaling_factor"})
