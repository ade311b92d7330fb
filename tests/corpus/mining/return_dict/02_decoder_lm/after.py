import torch
import torch.nn as nn
import torch.nn.functional as F
from collections import namedtuple

LMOutput = namedtuple("LMOutput", "loss logits cache")
LMOutput.__new__.__defaults__ = (None,) * 3


class Block(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h = h
        self.ln = nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)

    def forward(self, x, past=None):
        b, n, d = x.shape
        q, k, v = self.qkv(self.ln(x)).view(b, n, 3, self.h, -1).permute(2, 0, 3, 1, 4)
        if past is not None:
            k, v = torch.cat((past[0], k), 2), torch.cat((past[1], v), 2)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=past is None)
        return x + self.out(y.transpose(1, 2).reshape(b, n, d)), (k, v)


class Transformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.h = nn.ModuleList([Block(config.n_embd, config.n_head) for _ in range(config.n_layer)])

    def forward(self, input_ids, past=None, use_cache=None, return_dict=None):
        use_cache = use_cache if use_cache is not None else self.config.use_cache
        return_dict = return_dict if return_dict is not None else self.config.use_return_dict
        x = self.wte(input_ids)
        cache = ()
        for i, block in enumerate(self.h):
            x, kv = block(x, past[i] if past else None)
            if use_cache:
                cache = cache + (kv,)
        if not return_dict:
            return (x, cache)
        return LMOutput(logits=x, cache=cache)


class LMHead(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.transformer = Transformer(config)

    def forward(
        self,
        input_ids,
        past=None,
        labels=None,
        use_cache=None,
        return_dict=None,
    ):
        return_dict = return_dict if return_dict is not None else self.config.use_return_dict
        outputs = self.transformer(
            input_ids,
            past=past,
            use_cache=use_cache,
            return_dict=return_dict,
        )
        logits = outputs[0] @ self.transformer.wte.weight.T if not return_dict else outputs.logits @ self.transformer.wte.weight.T
        loss = None
        if labels is not None:
            loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten())
        if not return_dict:
            return (loss, logits, outputs[1]) if loss is not None else (logits, outputs[1])
        return LMOutput(loss, logits, outputs.cache)

    def prepare(self, ids, past=None, **kw):
        return {"input_ids": ids[:, -1:] if past else ids, "past": past}, tuple(kw)
