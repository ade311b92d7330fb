import math
import numpy as np
import torch
from torch import nn


class EDMPrecond(nn.Module):
    def __init__(self, net, sigma_data=0.5):
        super().__init__()
        self.net, self.sd = net, sigma_data

    def forward(self, x, sigma):
        s = sigma[:, None, None, None]
        c_skip = self.sd**2 / (s**2 + self.sd**2)
        c_out = s * self.sd / np.sqrt(s**2 + self.sd**2)
        c_in = 1 / np.sqrt(s**2 + self.sd**2)
        c_noise = np.log(sigma) / 4
        return c_skip * x + c_out * self.net(c_in * x, c_noise)


class FourierTime(nn.Module):
    def __init__(self, dim, scale=16):
        super().__init__()
        self.register_buffer("w", torch.randn(dim // 2) * scale)

    def forward(self, t):
        a = 2 * np.pi * t[:, None] * self.w
        return np.concatenate([np.sin(a), np.cos(a)], axis=-1)


class LogSnrSchedule(nn.Module):
    def __init__(self, low=-15.0, high=15.0):
        super().__init__()
        # python floats: computed once
        self.t_min = math.atan(math.exp(-0.5 * high))
        self.t_max = math.atan(math.exp(-0.5 * low))

    def forward(self, t):
        return -2 * np.log(np.tan(self.t_min + t * (self.t_max - self.t_min)))

    def alpha_sigma(self, t):
        snr = self(t)
        return torch.sigmoid(snr).sqrt(), torch.sigmoid(-snr).sqrt()


class Heun(nn.Module):
    def __init__(self, model, steps=18, rho=7, low=0.002, high=80):
        super().__init__()
        self.model, self.steps, self.rho, self.low, self.high = model, steps, rho, low, high

    def sigmas(self, x):
        i = np.arange(self.steps) / (self.steps - 1)
        s = (self.high ** (1 / self.rho) + i * (self.low ** (1 / self.rho) - self.high ** (1 / self.rho))) ** self.rho
        return torch.cat([s, s.new_zeros(1)])

    def forward(self, noise):
        s = self.sigmas(noise)
        x = noise * s[0]
        for a, b in zip(s[:-1], s[1:]):
            d = (x - self.model(x, a.expand(len(x)))) / a
            nxt = x + (b - a) * d
            if b > 0:
                d2 = (nxt - self.model(nxt, b.expand(len(x)))) / b
                nxt = x + (b - a) * (d + d2) / 2
            x = nxt
        return x


def cosine(t):
    return math.cos(t * math.pi / 2) ** 2
