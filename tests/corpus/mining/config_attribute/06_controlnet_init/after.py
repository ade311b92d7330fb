from __future__ import annotations

import torch
from torch import nn


class Embedding(nn.Module):
    def __init__(self, out: int, channels=(16, 32, 96)):
        super().__init__()
        self.block_out_channels = channels
        self.conv_in = nn.Conv2d(3, channels[0], 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Conv2d(a, b, 3, 2, 1) for a, b in zip(self.block_out_channels, self.block_out_channels[1:]))
        self.conv_out = nn.Conv2d(channels[-1], out, 3, padding=1)

    def forward(self, x):
        x = nn.functional.silu(self.conv_in(x))
        for b in self.blocks:
            x = nn.functional.silu(b(x))
        return self.conv_out(x)


class ControlNet(nn.Module):
    def __init__(self, in_channels: int, block_out_channels: tuple[int, ...], cross_attention_dim: int):
        super().__init__()
        self.conv_in = nn.Conv2d(in_channels, block_out_channels[0], 3, padding=1)
        self.condition = Embedding(block_out_channels[0])
        self.zero = nn.ModuleList(nn.Conv2d(c, c, 1) for c in block_out_channels)
        self.attend = nn.ModuleList(nn.Linear(cross_attention_dim, c) for c in block_out_channels)

    @classmethod
    def from_unet(cls, unet, load=True) -> ControlNet:
        net = cls(
            in_channels=unet.config.in_channels,
            block_out_channels=unet.config.block_out_channels,
            cross_attention_dim=unet.config.cross_attention_dim,
        )
        if load:
            net.conv_in.load_state_dict(unet.conv_in.state_dict())
        return net

    def forward(self, x, condition, context):
        h = self.conv_in(x) + self.condition(condition)
        return [z(h) for z in self.zero[:1]]


class MultiControl(nn.Module):
    def __init__(self, nets: list[ControlNet]):
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, x, conditions, scales, context):
        total = None
        for net, c, s in zip(self.nets, conditions, scales):
            parts = [s * p for p in net(x, c, context)]
            total = parts if total is None else [a + b for a, b in zip(total, parts)]
        return total


class ControlPipeline:
    def __init__(self, vae, unet, control, scheduler):
        self.vae, self.unet, self.control, self.scheduler = vae, unet, control, scheduler

    def check(self, image: torch.Tensor) -> None:
        factor = 2 ** (len(self.vae.config.block_out_channels) - 1)
        for n in image.shape[-2:]:
            if n % factor:
                raise ValueError(f"{n} is no multiple of {factor}")

    def guess_scales(self) -> torch.Tensor:
        n = len(self.unet.config.block_out_channels) * 3 + 1
        return torch.logspace(-1, 0, n)

    def num_blocks(self) -> int:
        return len(self.control.condition.blocks)

    def time_cond(self, w: float, dim: int):
        if self.unet.config.time_cond_proj_dim is None:
            return None
        freq = torch.exp(torch.arange(dim // 2) * -0.1)
        return torch.cat([(w * freq).sin(), (w * freq).cos()])
