import torch
import torch.nn as nn


def hinge_d(real, fake):
    return nn.functional.relu(1 - real).mean() + nn.functional.relu(1 + fake).mean()


def hinge_g(fake):
    return -fake.mean()


def gradient_penalty(net, real, fake):
    a = torch.rand(len(real), 1, 1, 1, device=real.device)
    x = (a * real + (1 - a) * fake).requires_grad_(True)
    y = net(x)
    (g,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    return (g.flatten(1).norm(dim=1) - 1).pow(2).mean()


class Generator(nn.Module):
    def __init__(self, z=64, c=32):
        super().__init__()
        self.fc = nn.Linear(z, 16 * c)
        self.net = nn.Sequential(
            nn.ConvTranspose2d(c, c, 4, 2, 1), nn.BatchNorm2d(c), nn.ReLU(True), nn.ConvTranspose2d(c, 3, 4, 2, 1), nn.Tanh()
        )
        self.c = c

    def forward(self, z):
        x = self.fc(z)
        return self.net(x.view(-1, self.c, 4, 4))


class Discriminator(nn.Module):
    def __init__(self, c=32):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(3, c, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(c, 2 * c, 4, 2, 1), nn.LeakyReLU(0.2))
        self.out = nn.Linear(2 * c, 1)

    def forward(self, x):
        h = self.net(x)
        # minibatch statistics as one more map
        s = h.std(0).mean().expand(len(h), 1)
        return self.out(h.mean((2, 3)) + s)


class AdaptiveAugment:
    def __init__(self, target=0.6, rate=0.01):
        self.target, self.rate, self.p = target, rate, 0.0

    def update(self, real):
        sign = float(real.sign().mean())
        if sign > self.target:
            self.p = min(self.p + self.rate, 0.8)
        else:
            self.p = max(self.p - self.rate, 0.0)
        return self.p


def truncate(z, psi, mean):
    return mean + psi * (z - mean)


def interpolate(a, b, steps):
    return [torch.lerp(a, b, i / (steps - 1)) for i in range(steps)]
