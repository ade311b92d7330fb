import torch
from torch import nn, Tensor


def apply_rotary_emb_edit(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """x: (B, S, H, D); positions were put together by the caller."""
    cos, sin = cos.unsqueeze(1), sin.unsqueeze(1)
    x_r, x_i = x.float().reshape(*x.shape[:-1], -1, 2).unbind(-1)
    x_out = torch.stack((x_r * cos - x_i * sin, x_r * sin + x_i * cos), dim=-1).flatten(3)
    return x_out.type_as(x)


class AxisRope(nn.Module):
    def __init__(self, theta: int, axes: list):
        super().__init__()
        self.theta, self.axes = theta, axes
        self.register_buffer("index", torch.arange(1024), persistent=False)

    def params(self, index: Tensor, dim: int):
        freqs = torch.outer(index, 1.0 / torch.pow(self.theta, torch.arange(0, dim, 2).float().div(dim)))
        return freqs.cos(), freqs.sin()

    def forward(self, frame: int, height: int, width: int):
        parts = [self.params(self.index[:n], d) for n, d in zip((frame, height, width), self.axes)]
        tables = []
        for part in zip(*parts):
            f = part[0].view(frame, 1, 1, -1).expand(frame, height, width, -1)
            h = part[1].view(1, height, 1, -1).expand(frame, height, width, -1)
            w = part[2].view(1, 1, width, -1).expand(frame, height, width, -1)
            tables.append(torch.cat([f, h, w], dim=-1).reshape(frame * height * width, -1))
        return tables[0], tables[1]


class JointAttention(nn.Module):
    def __init__(self, d: int, h: int):
        super().__init__()
        self.h = h
        self.image, self.text, self.out = nn.Linear(d, 3 * d), nn.Linear(d, 3 * d), nn.Linear(d, d)

    def forward(self, image: Tensor, text: Tensor, rope) -> Tensor:
        qi, ki, vi = self.image(image).unflatten(-1, (3, self.h, -1)).unbind(2)
        qt, kt, vt = self.text(text).unflatten(-1, (3, self.h, -1)).unbind(2)
        qi, ki = (apply_rotary_emb_edit(t, *rope) for t in (qi, ki))
        q, k, v = (torch.cat(p, dim=1).transpose(1, 2) for p in ((qt, qi), (kt, ki), (vt, vi)))
        y = nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        return self.out(y[:, text.shape[1]:])


class FourierMix(nn.Module):
    """Global filter in the frequency domain: a complex product, but no rotation of positions."""

    def __init__(self, h: int, w: int, d: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(h, w // 2 + 1, d, 2) * 0.02)

    def forward(self, x: Tensor) -> Tensor:
        f = torch.fft.rfft2(x, dim=(1, 2), norm="ortho")
        f = f * torch.view_as_complex(self.weight)
        return torch.fft.irfft2(f, s=x.shape[1:3], dim=(1, 2), norm="ortho")


def modulate(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    return x * (1 + scale[:, None]) + shift[:, None]
