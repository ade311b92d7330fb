import numpy as np
import torch
import torch.nn.functional as F


def prepare_mask(image, mask):
    image = torch.from_numpy(np.asarray(image)).float().permute(2, 0, 1)[None] / 127.5 - 1
    mask = torch.from_numpy(np.asarray(mask)).float()[None, None] / 255
    mask = (mask > 0.5).float()
    return mask, image * (1 - mask)


class InpaintPipeline:
    def __init__(self, vae, unet, scheduler, safety=None):
        self.register(vae=vae, unet=unet, scheduler=scheduler, safety=safety)
        self.vae_scale_factor = 2 ** (len(self.vae.block_out_channels) - 1)
        self.sample_size = 64

    def register(self, **modules):
        for k, v in modules.items():
            setattr(self, k, v)

    def prepare_mask_latents(self, mask, masked, h, w):
        mask = F.interpolate(mask, size=(h // self.vae_scale_factor, w // self.vae_scale_factor))
        masked = self.vae.encode(masked).latent_dist.sample() * self.vae.scaling_factor
        return mask, masked

    @torch.no_grad()
    def __call__(self, image, mask, cond, steps=30, strength=1.0, generator=None):
        mask, masked = prepare_mask(image, mask)
        h, w = masked.shape[-2:]
        mask, masked = self.prepare_mask_latents(mask, masked, h, w)
        c_latent = self.vae.latent_channels
        # sanity: mask and masked image are concatenated to the latents
        total = c_latent + mask.shape[1] + masked.shape[1]
        if total != self.unet.in_channels:
            raise ValueError(
                f"unet expects {self.unet.in_channels} channels, got {total}"
            )
        x = torch.randn((1, c_latent, *mask.shape[-2:]), generator=generator) * self.scheduler.init_noise_sigma
        self.scheduler.set_timesteps(steps)
        for t in self.timesteps(steps, strength):
            inp = torch.cat([self.scheduler.scale_model_input(x, t), mask, masked], dim=1)
            x = self.scheduler.step(self.unet(inp, t, cond).sample, t, x).prev_sample
        return self.vae.decode(x / self.vae.scaling_factor).sample

    def timesteps(self, steps, strength):
        start = max(steps - int(steps * strength), 0)
        return self.scheduler.timesteps[start:]

    def latent_side(self):
        # own default, not that of a module
        return self.sample_size * self.vae_scale_factor


def feather(mask, radius):
    k = 2 * radius + 1
    weight = torch.ones(1, 1, k, k) / k**2
    in_channels = mask.shape[1]
    return F.conv2d(mask, weight.expand(in_channels, 1, k, k), padding=radius, groups=in_channels)
