from functools import partial
import torch
import torch.nn as nn


def init_2d_freqs(dim, heads, theta=10.0, rotate=True):
    fx, fy = [], []
    mag = 1 / (theta ** (torch.arange(0, dim, 4)[: dim // 4].float() / dim))
    for _ in range(heads):
        a = torch.rand(1) * 2 * torch.pi if rotate else torch.zeros(1)
        fx.append(torch.cat([mag * a.cos(), mag * (a + torch.pi / 2).cos()], dim=-1))
        fy.append(torch.cat([mag * a.sin(), mag * (a + torch.pi / 2).sin()], dim=-1))
    return torch.stack([torch.stack(fx), torch.stack(fy)])


def compute_cis(freqs, tx, ty):
    n = tx.shape[0]
    x = (tx[:, None] @ freqs[0][:, None, :]).view(freqs.shape[1], n, -1)
    y = (ty[:, None] @ freqs[1][:, None, :]).view(freqs.shape[1], n, -1)
    angle = x + y
    freqs_cis = torch.polar(torch.ones_like(angle), angle)
    return freqs_cis


def rotate(q, k, freqs_cis):
    q_ = torch.view_as_complex(q.float().reshape(*q.shape[:-1], -1, 2))
    k_ = torch.view_as_complex(k.float().reshape(*k.shape[:-1], -1, 2))
    q_out = torch.view_as_real(q_ * freqs_cis).flatten(3)
    k_out = torch.view_as_real(k_ * freqs_cis).flatten(3)
    return q_out.type_as(q), k_out.type_as(k)


class RopeAttention(nn.Module):
    def __init__(self, dim, heads, side):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.freqs = nn.Parameter(init_2d_freqs(dim // heads, heads))
        t = torch.arange(side * side).float()
        self.register_buffer("tx", t % side, persistent=False)
        self.register_buffer("ty", t // side, persistent=False)

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        freqs_cis = compute_cis(self.freqs, self.tx, self.ty)
        # the class token carries no position
        qp, kp = rotate(q[:, :, 1:], k[:, :, 1:], freqs_cis)
        q = torch.cat((q[:, :, :1], qp), dim=2)
        k = torch.cat((k[:, :, :1], kp), dim=2)
        y = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.proj(y.transpose(1, 2).reshape(b, n, c))


Norm = partial(nn.LayerNorm, eps=1e-6)


class Phase(nn.Module):
    """Random phase augmentation of images."""

    def forward(self, x):
        f = torch.fft.fft2(x)
        noise = torch.rand_like(x[:, :1]) * 0.1
        f = f * torch.polar(torch.ones_like(noise), noise)
        return torch.fft.ifft2(f).real


class Block(nn.Module):
    def __init__(self, dim, heads, side):
        super().__init__()
        self.norm, self.attn = Norm(dim), RopeAttention(dim, heads, side)

    def forward(self, x):
        return x + self.attn(self.norm(x))
