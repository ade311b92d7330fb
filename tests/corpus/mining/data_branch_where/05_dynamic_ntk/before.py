import torch
from torch import nn, Tensor


class DynamicRotary(nn.Module):
    def __init__(self, dim: int, original: int = 2048, base: float = 10000.0):
        super().__init__()
        self.dim, self.original, self.base = dim, original, base
        inv = 1.0 / base ** (torch.arange(0, dim, 2).float() / dim)
        self.register_buffer("inv_freq", inv, persistent=False)
        self.register_buffer("long", inv / 4, persistent=False)

    def forward(self, x: Tensor, position_ids: Tensor):
        length = position_ids.max() + 1
        if length > self.original:
            inv = self.long
        else:
            inv = self.inv_freq
        angle = position_ids[..., None].float() * inv
        emb = torch.cat((angle, angle), dim=-1)
        return emb.cos().to(x.dtype), emb.sin().to(x.dtype)


class LogScale(nn.Module):
    def __init__(self, original: int):
        super().__init__()
        self.original = original

    def forward(self, q: Tensor, position_ids: Tensor) -> Tensor:
        last = position_ids.max().float()
        if last > self.original:
            q = q * (last.log() / torch.tensor(self.original).log())
        return q


def half(x: Tensor) -> Tensor:
    a, b = x.chunk(2, dim=-1)
    return torch.cat((-b, a), dim=-1)


class Attention(nn.Module):
    def __init__(self, d: int, h: int, original: int = 2048):
        super().__init__()
        self.h = h
        self.qkv, self.o = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.rope, self.log = DynamicRotary(d // h, original), LogScale(original)
        self.window = None

    def forward(self, x: Tensor, position_ids: Tensor) -> Tensor:
        b, n, d = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.h, -1).permute(2, 0, 3, 1, 4)
        c, s = (t[:, None] for t in self.rope(x, position_ids))
        q, k = q * c + half(q) * s, k * c + half(k) * s
        q = self.log(q, position_ids)
        mask = torch.ones(n, n, dtype=torch.bool, device=x.device).tril()
        if self.window is not None:
            mask = mask.triu(1 - self.window)
        if n > 1:
            y = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        else:
            y = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.o(y.transpose(1, 2).reshape(b, n, d))


class Layers(nn.Module):
    def __init__(self, d: int = 64, depth: int = 2):
        super().__init__()
        self.layers = nn.ModuleList(Attention(d, 4) for _ in range(depth))

    def forward(self, x: Tensor, position_ids: Tensor) -> Tensor:
        if x.dim() == 2:
            x = x[None]
        for layer in self.layers:
            x = x + layer(x, position_ids)
        return x
