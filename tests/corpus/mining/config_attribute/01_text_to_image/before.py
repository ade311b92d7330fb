from typing import List, Optional, Union

import torch


class TextToImagePipeline:
    def __init__(self, vae, text_encoder, tokenizer, unet, scheduler):
        self.vae, self.text_encoder, self.tokenizer = vae, text_encoder, tokenizer
        self.unet, self.scheduler = unet, scheduler
        self.vae_scale_factor = 2 ** (len(self.vae.block_out_channels) - 1)

    def encode_prompt(self, prompt: Union[str, List[str]], device):
        tokens = self.tokenizer(prompt, padding="max_length", max_length=self.tokenizer.model_max_length)
        ids = torch.tensor(tokens["input_ids"], device=device)
        return self.text_encoder(ids)[0]

    def check_inputs(self, height, width):
        if height % self.vae_scale_factor or width % self.vae_scale_factor:
            raise ValueError(f"{height}x{width} is no multiple of {self.vae_scale_factor}")

    def prepare_latents(self, batch, height, width, dtype, device, generator=None):
        shape = (batch, self.unet.in_channels, height // self.vae_scale_factor, width // self.vae_scale_factor)
        latents = torch.randn(shape, generator=generator, device=device, dtype=dtype)
        return latents * self.scheduler.init_noise_sigma

    @torch.no_grad()
    def __call__(self, prompt, height: Optional[int] = None, width: Optional[int] = None, steps: int = 50,
                 guidance: float = 7.5, generator=None):
        device = next(self.unet.parameters()).device
        # the size the model was trained on
        height = height or self.unet.sample_size * self.vae_scale_factor
        width = width or self.unet.sample_size * self.vae_scale_factor
        self.check_inputs(height, width)
        cond = self.encode_prompt(prompt, device)
        null = self.encode_prompt([""] * len(cond), device)
        self.scheduler.set_timesteps(steps, device=device)
        latents = self.prepare_latents(len(cond), height, width, cond.dtype, device, generator)
        for t in self.scheduler.timesteps:
            x = self.scheduler.scale_model_input(torch.cat([latents] * 2), t)
            noise = self.unet(x, t, encoder_hidden_states=torch.cat([null, cond])).sample
            u, c = noise.chunk(2)
            latents = self.scheduler.step(u + guidance * (c - u), t, latents).prev_sample
        return self.decode(latents)

    def decode(self, latents):
        image = self.vae.decode(latents / self.vae.scaling_factor).sample
        return (image / 2 + 0.5).clamp(0, 1)


class TinyUNet(torch.nn.Module):
    """Stand-in for tests; it owns its attributes and has no config."""

    def __init__(self, in_channels=4, sample_size=8):
        super().__init__()
        self.in_channels, self.sample_size = in_channels, sample_size
        self.conv = torch.nn.Conv2d(self.in_channels, in_channels, 3, padding=1)

    def forward(self, x, t, encoder_hidden_states=None):
        return self.conv(x)


def to_images(batch):
    return [x.permute(1, 2, 0).mul(255).round().byte().numpy() for x in batch]
