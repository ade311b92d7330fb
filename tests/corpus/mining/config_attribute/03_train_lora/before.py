import argparse
import math

import torch
import torch.nn.functional as F
from accelerate import Accelerator


class LoraLinear(torch.nn.Module):
    def __init__(self, base, rank=4, alpha=1.0):
        super().__init__()
        self.base = base
        self.in_features = base.in_features
        self.down = torch.nn.Linear(base.in_features, rank, bias=False)
        self.up = torch.nn.Linear(rank, base.out_features, bias=False)
        self.scale = alpha / rank
        torch.nn.init.zeros_(self.up.weight)

    def forward(self, x):
        return self.base(x) + self.scale * self.up(self.down(x))


def inject(unet, rank):
    for name, child in unet.named_children():
        if isinstance(child, torch.nn.Linear):
            setattr(unet, name, LoraLinear(child, rank))
        else:
            inject(child, rank)


def hidden_size(unet, name):
    if name.startswith("mid_block"):
        return unet.block_out_channels[-1]
    block = int(name[len("up_blocks.")])
    if name.startswith("up_blocks"):
        return list(reversed(unet.block_out_channels))[block]
    return unet.block_out_channels[block]


def snr(scheduler, t):
    a = scheduler.alphas_cumprod[t]
    return a / (1 - a)


def main(args, vae, unet, text_encoder, scheduler, loader):
    accelerator = Accelerator(gradient_accumulation_steps=args.accumulate)
    unet.requires_grad_(False)
    inject(unet, args.rank)
    optimizer = torch.optim.AdamW([p for p in unet.parameters() if p.requires_grad], lr=args.lr)
    unet, optimizer, loader = accelerator.prepare(unet, optimizer, loader)
    steps = math.ceil(args.steps / len(loader))
    for _ in range(steps):
        for batch in loader:
            with accelerator.accumulate(unet):
                latents = vae.encode(batch["pixels"]).latent_dist.sample() * vae.scaling_factor
                noise = torch.randn_like(latents)
                t = torch.randint(0, scheduler.num_train_timesteps, (len(latents),), device=latents.device)
                noisy = scheduler.add_noise(latents, noise, t)
                if scheduler.prediction_type == "epsilon":
                    target = noise
                elif scheduler.prediction_type == "v_prediction":
                    target = scheduler.get_velocity(latents, noise, t)
                else:
                    raise ValueError(f"unknown prediction type {scheduler.prediction_type}")
                pred = unet(noisy, t, text_encoder(batch["ids"])[0]).sample
                accelerator.backward(F.mse_loss(pred.float(), target.float()))
                optimizer.step()
                optimizer.zero_grad()
    print("channels", accelerator.unwrap_model(unet).in_channels)


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--rank", type=int, default=4)
    p.add_argument("--lr", type=float, default=1e-4)
    p.add_argument("--steps", type=int, default=1000)
    p.add_argument("--accumulate", type=int, default=1)
    p.add_argument("--prediction_type", default=None)
    print(p.parse_args())
