import torch
from torch import Tensor, nn


def tables(dim: int, n: int, base: float = 1e4, device=None):
    inv = base ** (-torch.arange(0, dim, 2, device=device).float() / dim)
    angle = torch.outer(torch.arange(n, device=device).float(), inv)
    return angle.cos(), angle.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Pairs of neighbours, in real arithmetic."""
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack((a * cos - b * sin, a * sin + b * cos), dim=-1).flatten(-2)


class Attention(nn.Module):
    def __init__(self, d: int, heads: int, p: float = 0.0):
        super().__init__()
        self.heads, self.p = heads, p
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)

    def forward(self, x: Tensor) -> Tensor:
        b, n, d = x.shape
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        cos, sin = tables(d // self.heads, n, device=x.device)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        y = nn.functional.scaled_dot_product_attention(
            q, k, v, is_causal=True, dropout_p=self.p if self.training else 0.0
        )
        y = y.transpose(1, 2).contiguous()
        return self.out(y.view(b, n, d))


class Block(nn.Module):
    def __init__(self, d: int, heads: int):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attn = Attention(d, heads)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.n1(x))
        return x + self.down(nn.functional.gelu(self.up(self.n2(x))))


class Spectrogram(nn.Module):
    def __init__(self, n: int = 256):
        super().__init__()
        self.register_buffer("window", torch.hann_window(n), persistent=False)

    def forward(self, wave: Tensor) -> Tensor:
        s = torch.stft(wave, len(self.window), window=self.window, return_complex=True)
        return torch.view_as_real(s).pow(2).sum(-1)
