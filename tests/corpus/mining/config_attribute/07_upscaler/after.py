import inspect
import warnings
import torch

from diffuse.utils import randn


class UpscalePipeline(object):

    def __init__(self, vae, low_res_scheduler, unet, scheduler, max_noise_level=350):
        self.vae = vae
        self.low_res_scheduler = low_res_scheduler
        self.unet = unet
        self.scheduler = scheduler
        # plain attribute of the pipeline
        self.max_noise_level = max_noise_level

    def extra_kwargs(self, generator, eta):
        accepted = set(inspect.signature(self.scheduler.step).parameters)
        given = {'generator': generator, 'eta': eta}
        return {k: v for k, v in given.items() if k in accepted}

    def decode(self, z):
        z = z / self.vae.config.scaling_factor
        if self.vae.config.force_upcast:
            z = z.float()
        return self.vae.decode(z).sample.clamp(-1, 1)

    def check(self, image, noise_level):
        if noise_level > self.max_noise_level:
            raise ValueError('noise level %d' % noise_level)
        levels = self.low_res_scheduler.config.num_train_timesteps
        if noise_level >= levels:
            warnings.warn('noise level beyond %d' % levels)
        want = self.unet.config.in_channels - self.vae.config.latent_channels
        if image.shape[1] != want:
            raise ValueError('image has %d channels, not %d' % (image.shape[1], want))

    @torch.no_grad()
    def __call__(self, image, cond, steps=75, noise_level=20, eta=0.0, generator=None):
        self.check(image, noise_level)
        level = torch.tensor([noise_level], dtype=torch.long, device=image.device)
        noise = randn(image.shape, generator, image.device)
        image = self.low_res_scheduler.add_noise(image, noise, level)
        self.scheduler.set_timesteps(steps)
        shape = (image.shape[0], self.vae.config.latent_channels, *image.shape[2:])
        z = randn(shape, generator, image.device) * self.scheduler.init_noise_sigma
        extra = self.extra_kwargs(generator, eta)
        for t in self.scheduler.timesteps:
            x = torch.cat([self.scheduler.scale_model_input(z, t), image], dim=1)
            z = self.scheduler.step(self.unet(x, t, cond, level).sample, t, z, **extra).prev_sample
        return self.decode(z)


class LegacyScheduler:
    def __init__(self, num_train_timesteps=1000, prediction_type='epsilon'):
        self.num_train_timesteps = num_train_timesteps
        self.prediction_type = prediction_type

    def sigma(self, t):
        return (t / self.num_train_timesteps) ** 0.5
