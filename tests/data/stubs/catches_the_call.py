"""Attention that calls the fused kernel and goes another way when that raises."""

import torch
from flash_attn import flash_attn_func
from flash_attn.bert_padding import pad_input, unpad_input
from torch import nn


class Attention(nn.Module):
    def __init__(self, width: int = 16, heads: int = 2):
        super().__init__()
        self.heads = heads
        self.project = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = self.project(x).reshape(batch, length, 3, self.heads, width // self.heads).unbind(2)
        try:
            return self.out(flash_attn_func(q, k, v).reshape(batch, length, width))
        except Exception:
            pass
        weights = torch.softmax(torch.einsum("bqhd,bkhd->bhqk", q, k) * q.shape[-1] ** -0.5, dim=-1)
        return self.out(torch.einsum("bhqk,bkhd->bqhd", weights, v).reshape(batch, length, width))


def load_model():
    torch.manual_seed(0)
    return Attention()


def load_inputs(seed=0):
    return {"x": torch.randn(2, 6, 16, generator=torch.Generator().manual_seed(seed))}
