import functools
import torch
import torch.nn.functional as F


def append_dims(x, n):
    return x[(...,) + (None,) * (n - x.ndim)]


def scalings(t, sigma_data=0.5, scale=10.0):
    s = t * scale
    return sigma_data**2 / (s**2 + sigma_data**2), s / (s**2 + sigma_data**2).sqrt()


class DDIMSolver:
    def __init__(self, alphas, timesteps=1000, ddim=50):
        ratio = timesteps // ddim
        self.steps = (torch.arange(1, ddim + 1) * ratio) - 1
        self.alphas_cumprod = alphas
        self.prev = torch.cat([alphas[:1], alphas[self.steps[:-1]]])

    def __call__(self, x0, eps, i):
        a = append_dims(self.prev[i], x0.ndim)
        return a.sqrt() * x0 + (1 - a).sqrt() * eps


class Distiller:
    def __init__(self, teacher, student, target, vae, scheduler, ddim=50):
        self.teacher, self.student, self.target = teacher, student, target
        self.vae, self.scheduler = vae, scheduler
        self.solver = DDIMSolver(scheduler.alphas_cumprod, scheduler.config.num_train_timesteps, ddim)
        if teacher.config.in_channels != student.config.in_channels:
            raise ValueError("teacher and student differ")
        self.huber = functools.partial(F.huber_loss, delta=1e-3)

    def predict_x0(self, out, t, x):
        a = append_dims(self.scheduler.alphas_cumprod[t], x.ndim)
        if self.scheduler.config.prediction_type == "epsilon":
            return (x - (1 - a).sqrt() * out) / a.sqrt()
        if self.scheduler.config.prediction_type == "sample":
            return out
        return a.sqrt() * x - (1 - a).sqrt() * out

    def step(self, pixels, cond, null, w=7.5):
        z = self.vae.encode(pixels).latent_dist.sample() * self.vae.config.scaling_factor
        i = torch.randint(0, len(self.solver.steps), (len(z),))
        t = self.solver.steps[i]
        noisy = self.scheduler.add_noise(z, torch.randn_like(z), t)
        skip, out = (append_dims(s, z.ndim) for s in scalings(t.float()))
        online = skip * noisy + out * self.predict_x0(self.student(noisy, t, cond).sample, t, noisy)
        with torch.no_grad():
            c, u = self.teacher(noisy, t, cond).sample, self.teacher(noisy, t, null).sample
            eps = u + w * (c - u)
            x_prev = self.solver(self.predict_x0(eps, t, noisy), eps, i)
            target = self.predict_x0(self.target(x_prev, t, cond).sample, t, x_prev)
        return self.huber(online, target)

    @torch.no_grad()
    def ema(self, decay=0.95):
        for a, b in zip(self.target.parameters(), self.student.parameters()):
            a.lerp_(b, 1 - decay)


def load_defaults(defaults):
    return defaults.prediction_type, defaults.in_channels
