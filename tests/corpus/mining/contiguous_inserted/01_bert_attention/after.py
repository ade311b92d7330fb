import math
import torch
from torch import nn


class BertSelfAttention(nn.Module):
    def __init__(self, hidden_size, num_heads, dropout=0.1):
        super().__init__()
        self.num_heads = num_heads
        self.head_size = hidden_size // num_heads
        self.all_head_size = self.num_heads * self.head_size
        self.query = nn.Linear(hidden_size, self.all_head_size)
        self.key = nn.Linear(hidden_size, self.all_head_size)
        self.value = nn.Linear(hidden_size, self.all_head_size)
        self.dropout = nn.Dropout(dropout)

    def transpose_for_scores(self, x):
        new_shape = x.size()[:-1] + (self.num_heads, self.head_size)
        x = x.view(new_shape)
        return x.permute(0, 2, 1, 3)

    def forward(self, hidden_states, attention_mask=None):
        q = self.transpose_for_scores(self.query(hidden_states))
        k = self.transpose_for_scores(self.key(hidden_states))
        v = self.transpose_for_scores(self.value(hidden_states))
        scores = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(self.head_size)
        if attention_mask is not None:
            scores = scores + attention_mask
        probs = self.dropout(nn.functional.softmax(scores, dim=-1))
        context = torch.matmul(probs, v)
        context = context.permute(0, 2, 1, 3)
        context = context.contiguous()
        context = context.view(context.size()[:-2] + (self.all_head_size,))
        return context


class BertOutput(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.dense = nn.Linear(hidden_size, hidden_size)
        self.norm = nn.LayerNorm(hidden_size, eps=1e-12)

    def forward(self, hidden_states, residual):
        return self.norm(self.dense(hidden_states) + residual)


class BertLayer(nn.Module):
    def __init__(self, hidden_size, num_heads):
        super().__init__()
        self.attention = BertSelfAttention(hidden_size, num_heads)
        self.output = BertOutput(hidden_size)
        self.conv = nn.Conv1d(hidden_size, hidden_size, 3, padding=1, groups=num_heads)

    def forward(self, hidden_states, attention_mask=None):
        hidden_states = self.output(self.attention(hidden_states, attention_mask), hidden_states)
        # channels first for the convolution, which takes any strides
        local = hidden_states.permute(0, 2, 1)
        local = self.conv(local)
        return hidden_states + local.permute(0, 2, 1)


def extend_mask(mask, dtype):
    mask = mask[:, None, None, :].to(dtype)
    return (1.0 - mask) * torch.finfo(dtype).min
