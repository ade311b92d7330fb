import torch
import torch.nn.functional as F
from torch import nn


class RingCache(nn.Module):
    def __init__(self, batch, heads, window, head_dim):
        super().__init__()
        self.window = window
        self.register_buffer("k", torch.zeros(batch, heads, window, head_dim), persistent=False)
        self.register_buffer("v", torch.zeros(batch, heads, window, head_dim), persistent=False)

    def write(self, k, v, position):
        slot = position % self.window
        # the cache is state: it is meant to be written
        self.k.index_copy_(2, slot, k)
        self.v.index_copy_(2, slot, v)
        return self.k, self.v

    def reset(self):
        self.k.zero_()
        self.v.zero_()


class WindowAttention(nn.Module):
    def __init__(self, dim, heads, window, batch=1):
        super().__init__()
        self.heads, self.dim = heads, dim
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.cache = RingCache(batch, heads, window, dim // heads)
        self.slopes = nn.Parameter(torch.tensor([2.0 ** -(8 * (i + 1) / heads) for i in range(heads)]))

    def alibi(self, position, window):
        age = (position[:, None] - torch.arange(window, device=position.device)) % window
        bias = age.to(self.slopes.dtype)[None] * self.slopes[:, None, None]
        bias.neg_()
        return bias

    def forward(self, x, position):
        b, n, _ = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        k, v = self.cache.write(k, v, position)
        bias = self.alibi(position, self.cache.window)
        unseen = torch.arange(self.cache.window, device=x.device) > position.max()
        bias.masked_fill_(
            unseen[None, None, :],
            torch.finfo(bias.dtype).min,
        )
        out = F.scaled_dot_product_attention(q, k, v, attn_mask=bias[None])
        return self.proj(out.transpose(1, 2).reshape(b, n, self.dim))


class TopP(nn.Module):
    def __init__(self, p=0.9, temperature=1.0):
        super().__init__()
        self.p, self.temperature = p, temperature

    def forward(self, logits):
        logits.div_(self.temperature)
        prob, order = logits.softmax(-1).sort(-1, descending=True)
        gone = prob.cumsum(-1) - prob > self.p
        prob.masked_fill_(gone, 0.0)
        prob = prob / prob.sum(-1, keepdim=True)
        return order.gather(-1, torch.multinomial(prob, 1))
