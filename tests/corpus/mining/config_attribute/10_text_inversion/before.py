import random
from contextlib import nullcontext
import torch
from torch.utils.data import Dataset
TEMPLATES = ["a photo of a {}", "a rendering of a {}", "the photo of a {}"]


class Inversion(Dataset):
    def __init__(self, images, token, size=512, flip=0.5):
        self.images, self.token, self.size, self.flip = images, token, size, flip

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        x = self.images[i]
        if random.random() < self.flip:
            x = x.flip(-1)
        return {"pixels": x, "text": random.choice(TEMPLATES).format(self.token)}


def grow_embedding(text_encoder, n):
    old = text_encoder.get_input_embeddings()
    new = torch.nn.Embedding(old.num_embeddings + n, old.embedding_dim)
    new.weight.data[: old.num_embeddings] = old.weight.data
    text_encoder.set_input_embeddings(new)
    return new


def loss_fn(vae, unet, text_encoder, scheduler, batch):
    latents = vae.encode(batch["pixels"]).latent_dist.sample().detach()
    latents = latents * vae.scaling_factor
    noise = torch.randn_like(latents)
    high = scheduler.num_train_timesteps
    t = torch.randint(0, high, latents.shape[:1], device=latents.device)
    pred = unet(scheduler.add_noise(latents, noise, t), t, text_encoder(batch["ids"])[0]).sample
    kind = scheduler.prediction_type
    target = {"epsilon": lambda: noise, "v_prediction": lambda: scheduler.get_velocity(latents, noise, t)}[kind]()
    return (pred - target).pow(2).mean()


class Runner:
    def __init__(self, accelerator, unet, vae, text_encoder, scheduler, keep):
        self.accelerator = accelerator
        self.unet, self.vae, self.text_encoder, self.scheduler = unet, vae, text_encoder, scheduler
        self.keep = keep
        self.context = nullcontext()

    def hidden(self):
        return self.accelerator.unwrap_model(self.text_encoder).hidden_size

    def restore(self, original):
        w = self.accelerator.unwrap_model(self.text_encoder).get_input_embeddings().weight
        with torch.no_grad():
            w[~self.keep] = original[~self.keep]

    def step(self, batch, optimizer, original):
        with self.context:
            loss = loss_fn(self.vae, self.unet, self.text_encoder, self.scheduler, batch)
        self.accelerator.backward(loss)
        optimizer.step()
        optimizer.zero_grad()
        self.restore(original)
        return loss.item()

    def preview_shape(self, n):
        unet = self.accelerator.unwrap_model(self.unet)
        # one preview a process
        return n, unet.in_channels, unet.sample_size, unet.sample_size
