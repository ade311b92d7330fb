"""Subject fine-tuning with prior preservation; one process."""
import itertools
import os

import torch
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel


def unwrap(model):
    return model.module if isinstance(model, DistributedDataParallel) else model


class PromptDataset(torch.utils.data.Dataset):
    def __init__(self, prompt, n):
        self.prompt, self.n = prompt, n
        self.sample_size = n

    def __len__(self):
        return self.sample_size

    def __getitem__(self, i):
        return {"prompt": self.prompt, "index": i}


def collate(rows, prior):
    pixels = [r["instance"] for r in rows]
    ids = [r["ids"] for r in rows]
    if prior:
        pixels += [r["class"] for r in rows]
        ids += [r["class_ids"] for r in rows]
    return torch.stack(pixels).contiguous(), torch.cat(ids)


def encode(vae, pixels):
    return vae.encode(pixels).latent_dist.sample() * vae.config.scaling_factor


def add_class_images(unet, vae, sampler, n, folder):
    side = unwrap(unet).config.sample_size
    for i in range(n):
        z = torch.randn(1, unwrap(unet).config.in_channels, side, side)
        image = vae.decode(sampler(unet, z) / vae.config.scaling_factor).sample
        torch.save(image, os.path.join(folder, f"{i}.pt"))


def train(unet, vae, text_encoder, scheduler, loader, optimizer, prior_weight=1.0, max_steps=800):
    prior = prior_weight > 0
    for step, rows in enumerate(itertools.islice(itertools.cycle(loader), max_steps)):
        pixels, ids = collate(rows, prior)
        z = encode(vae, pixels)
        noise = torch.randn_like(z)
        t = torch.randint(
            0,
            scheduler.config.num_train_timesteps,
            (z.shape[0],),
            device=z.device,
        ).long()
        pred = unet(scheduler.add_noise(z, noise, t), t, text_encoder(ids)[0]).sample
        # learned variance: drop the second half
        if pred.shape[1] == 2 * unwrap(unet).config.in_channels:
            pred, _ = pred.chunk(2, dim=1)
        target = noise if scheduler.config.prediction_type == "epsilon" else scheduler.get_velocity(z, noise, t)
        if prior:
            pred, pred_prior = pred.chunk(2)
            target, target_prior = target.chunk(2)
            loss = F.mse_loss(pred, target) + prior_weight * F.mse_loss(pred_prior, target_prior)
        else:
            loss = F.mse_loss(pred, target)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if step % 100 == 0:
            print(step, loss.item(), len(scheduler.timesteps), unwrap(unet).training)
