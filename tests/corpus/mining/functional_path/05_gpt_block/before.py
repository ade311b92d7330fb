import torch
import torch.nn
import torch.nn.functional as F


class SelfAttention(torch.nn.Module):
    def __init__(self, cfg):
        super().__init__()
        assert cfg["d_model"] % cfg["heads"] == 0
        self.heads = cfg["heads"]
        self.p = cfg.get("attn_dropout", 0.0)
        self.qkv = torch.nn.Linear(cfg["d_model"], 3 * cfg["d_model"])
        self.proj = torch.nn.Linear(cfg["d_model"], cfg["d_model"])

    def forward(self, x, past=None):
        B, T, C = x.size()
        q, k, v = (
            t.view(B, T, self.heads, C // self.heads).transpose(1, 2) for t in self.qkv(x).split(C, dim=2)
        )
        if past is not None:
            k = torch.cat((past[0], k), dim=2)
            v = torch.cat((past[1], v), dim=2)
        y = F.scaled_dot_product_attention(
            q, k, v, dropout_p=self.p if self.training else 0.0, is_causal=past is None
        )
        return self.proj(y.transpose(1, 2).reshape(B, T, C)), (k, v)


class Block(torch.nn.Module):
    def __init__(self, cfg):
        super().__init__()
        d = cfg["d_model"]
        self.attn = SelfAttention(cfg)
        self.up = torch.nn.Linear(d, 4 * d)
        self.down = torch.nn.Linear(4 * d, d)
        self.g1 = torch.nn.Parameter(torch.ones(d))
        self.g2 = torch.nn.Parameter(torch.ones(d))

    def forward(self, x, past=None):
        h, kv = self.attn(F.layer_norm(x, self.g1.shape, self.g1), past)
        x = x + h
        h = self.up(F.layer_norm(x, self.g2.shape, self.g2))
        return x + self.down(F.gelu(h, approximate="tanh")), kv


class LM(torch.nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.wte = torch.nn.Embedding(cfg["vocab"], cfg["d_model"])
        self.wpe = torch.nn.Embedding(cfg["context"], cfg["d_model"])
        self.h = torch.nn.ModuleList([Block(cfg) for _ in range(cfg["layers"])])

    def forward(self, ids, past=None):
        past = past or [None] * len(self.h)
        start = 0 if past[0] is None else past[0][0].shape[2]
        pos = torch.arange(start, start + ids.shape[1], device=ids.device)
        x = self.wte(ids) + self.wpe(pos)
        cache = []
        for block, p in zip(self.h, past):
            x, kv = block(x, p)
            cache.append(kv)
        return F.linear(x, self.wte.weight), cache

    @torch.no_grad()
    def sample(self, ids, steps, temperature=1.0):
        cache = None
        step_in = ids
        for _ in range(steps):
            logits, cache = self(step_in, cache)
            prob = torch.softmax(logits[:, -1] / temperature, dim=-1)
            step_in = torch.multinomial(prob, 1)
            ids = torch.cat((ids, step_in), dim=1)
        return ids
