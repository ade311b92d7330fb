from dataclasses import dataclass
import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class Cfg:
    d: int = 128
    heads: int = 8
    kv: int = 2
    p_attn: float = 0.1
    p_hidden: float = 0.1


class GQA(nn.Module):
    def __init__(self, cfg: Cfg):
        super().__init__()
        self.cfg, self.e = cfg, cfg.d // cfg.heads
        self.q, self.kv = nn.Linear(cfg.d, cfg.d), nn.Linear(cfg.d, 2 * cfg.kv * self.e)
        self.o = nn.Linear(cfg.d, cfg.d)

    def forward(self, x, mask=None):
        b, n, d = x.shape
        q = self.q(x).view(b, n, -1, self.e).transpose(1, 2)
        k, v = self.kv(x).view(b, n, 2, -1, self.e).permute(2, 0, 3, 1, 4)
        k, v = (t.repeat_interleave(self.cfg.heads // self.cfg.kv, 1) for t in (k, v))
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=self.cfg.p_attn, is_causal=mask is None)
        return self.o(y.transpose(1, 2).reshape(b, n, d))


class Mlp(nn.Module):
    def __init__(self, cfg: Cfg):
        super().__init__()
        self.cfg = cfg
        self.gate, self.up, self.down = (nn.Linear(cfg.d, 3 * cfg.d), nn.Linear(cfg.d, 3 * cfg.d), nn.Linear(3 * cfg.d, cfg.d))

    def forward(self, x):
        h = F.silu(self.gate(x)) * self.up(x)
        return self.down(F.dropout(h, self.cfg.p_hidden, self.training))


class Layer(nn.Module):
    def __init__(self, cfg: Cfg):
        super().__init__()
        self.attn, self.mlp = GQA(cfg), Mlp(cfg)
        self.n1, self.n2 = nn.RMSNorm(cfg.d), nn.RMSNorm(cfg.d)

    def forward(self, x, mask=None):
        x = x + self.attn(self.n1(x), mask)
        return x + self.mlp(self.n2(x))


class Prefix(nn.Module):
    """Attends to learned keys; no sharing with the class above."""

    def __init__(self, cfg: Cfg, n: int = 16):
        super().__init__()
        self.cfg = cfg
        self.kv = nn.Parameter(torch.randn(2, n, cfg.d) * 0.02)

    def forward(self, x):
        k, v = self.kv.expand(len(x), -1, -1, -1).unbind(1) if self.kv.dim() == 4 else self.kv[:, None].expand(-1, len(x), -1, -1)
        return x + F.scaled_dot_product_attention(x, k, v, dropout_p=self.cfg.p_attn)


def describe(cfg: Cfg) -> str:
    return f"{cfg.heads} heads, dropout {cfg.p_attn} / {cfg.p_hidden}"


def check(cfg: Cfg) -> None:
    for p in (cfg.p_attn, cfg.p_hidden):
        if not 0 <= p < 1:
            raise ValueError(f"{p} is no rate")


def flops(cfg: Cfg, n: int) -> int:
    return 2 * n * (cfg.d * cfg.d * 4 + n * cfg.d)
