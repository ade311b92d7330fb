from typing import List
import torch
from torch import Tensor, nn


class EmbedND(nn.Module):
    """Position tables for several axes. One angle a pair of channels."""

    def __init__(self, theta: float, axes_dim: List[int]):
        super().__init__()
        self.theta, self.axes_dim = theta, axes_dim

    def rope(self, pos: Tensor, dim: int):
        omega = 1.0 / self.theta ** (torch.arange(0, dim, 2, device=pos.device).float() / dim)
        out = torch.einsum("...n,d->...nd", pos.float(), omega)
        out = torch.polar(torch.ones_like(out), out)
        return out

    def forward(self, ids: Tensor):
        return torch.cat([self.rope(ids[..., i], d) for i, d in enumerate(self.axes_dim)], dim=-1)


def apply_rope(x: Tensor, freqs: Tensor) -> Tensor:
    x_ = torch.view_as_complex(x.float().reshape(*x.shape[:-1], -1, 2))
    out = torch.view_as_real(x_ * freqs[:, None]).flatten(3)
    return out.type_as(x)


def attention(q: Tensor, k: Tensor, v: Tensor, pe) -> Tensor:
    q, k = apply_rope(q, pe), apply_rope(k, pe)
    y = nn.functional.scaled_dot_product_attention(q, k, v)
    return y.transpose(1, 2).flatten(2)


class Modulation(nn.Module):
    def __init__(self, dim: int):
        super().__init__()
        self.lin = nn.Linear(dim, 3 * dim)

    def forward(self, vec: Tensor):
        return self.lin(nn.functional.silu(vec))[:, None].chunk(3, dim=-1)


class SingleStream(nn.Module):
    def __init__(self, dim: int, heads: int):
        super().__init__()
        self.heads = heads
        self.lin1, self.lin2 = nn.Linear(dim, 7 * dim), nn.Linear(5 * dim, dim)
        self.norm, self.mod = nn.LayerNorm(dim, elementwise_affine=False), Modulation(dim)

    def forward(self, x: Tensor, vec: Tensor, pe) -> Tensor:
        shift, scale, gate = self.mod(vec)
        h = self.lin1((1 + scale) * self.norm(x) + shift)
        qkv, mlp = h.split([3 * x.shape[-1], 4 * x.shape[-1]], dim=-1)
        q, k, v = qkv.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        y = torch.cat((attention(q, k, v, pe), nn.functional.gelu(mlp)), dim=2)
        return x + gate * self.lin2(y)


def spectrum_loss(a: Tensor, b: Tensor) -> Tensor:
    fa, fb = torch.fft.rfft(a), torch.fft.rfft(b)
    return (torch.view_as_real(fa) - torch.view_as_real(fb)).abs().mean()


def latent_ids(h: int, w: int) -> Tensor:
    ids = torch.zeros(h, w, 3)
    ids[..., 1] = torch.arange(h)[:, None]
    ids[..., 2] = torch.arange(w)[None]
    return ids.view(1, h * w, 3)
