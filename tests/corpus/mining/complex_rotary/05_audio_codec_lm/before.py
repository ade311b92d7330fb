import torch
from torch import nn
import torch.nn.functional as F


class Rotary(nn.Module):
    def __init__(self, dim, base=10000, length=2048):
        super().__init__()
        inv = base ** (-torch.arange(0, dim, 2).float() / dim)
        angle = torch.arange(length).float()[:, None] * inv
        self.register_buffer("table", torch.polar(torch.ones_like(angle), angle), persistent=False)

    def forward(self, q, k, start=0):
        n = q.shape[2]
        rot = self.table[start : start + n]
        q_ = torch.view_as_complex(q.float().reshape(*q.shape[:-1], -1, 2))
        k_ = torch.view_as_complex(k.float().reshape(*k.shape[:-1], -1, 2))
        q_out = torch.view_as_real(q_ * rot).flatten(3)
        k_out = torch.view_as_real(k_ * rot).flatten(3)
        return q_out.type_as(q), k_out.type_as(k)


class Layer(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h, self.d = h, d
        self.norm = nn.LayerNorm(d)
        self.qkv, self.o = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.rotary = Rotary(d // h)

    def forward(self, x, cache=None):
        b, n, _ = x.shape
        q, k, v = self.qkv(self.norm(x)).view(b, n, 3, self.h, -1).permute(2, 0, 3, 1, 4)
        start = 0 if cache is None else cache[0].shape[2]
        q, k = self.rotary(q, k, start)
        if cache is not None:
            k, v = torch.cat((cache[0], k), 2), torch.cat((cache[1], v), 2)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=n > 1)
        return x + self.o(y.transpose(1, 2).reshape(b, n, self.d)), (k, v)


class DelayPattern:
    def __init__(self, books, pad):
        self.books, self.pad = books, pad

    def build(self, codes):
        b, q, n = codes.shape
        out = torch.full((b, q, n + q - 1), self.pad)
        for i in range(q):
            out[:, i, i : i + n] = codes[:, i]
        return out


class CodecLM(nn.Module):
    def __init__(self, books=4, size=1024, d=256, h=4, depth=4):
        super().__init__()
        self.emb = nn.ModuleList(nn.Embedding(size + 1, d) for _ in range(books))
        self.layers = nn.ModuleList(Layer(d, h) for _ in range(depth))
        self.heads = nn.ModuleList(nn.Linear(d, size) for _ in range(books))

    def forward(self, codes):
        x = sum(e(c) for e, c in zip(self.emb, codes.unbind(1)))
        for layer in self.layers:
            x, _ = layer(x)
        return torch.stack([h(x) for h in self.heads], 1)


class InverseSpectrum(nn.Module):
    def __init__(self, d, n_fft, hop):
        super().__init__()
        self.out = nn.Linear(d, n_fft + 2)
        self.n_fft, self.hop = n_fft, hop

    def forward(self, x):
        mag, phase = self.out(x).mT.chunk(2, 1)
        spec = torch.polar(mag.exp().clamp(max=1e2), phase)
        return torch.istft(spec, self.n_fft, self.hop, window=torch.hann_window(self.n_fft))
