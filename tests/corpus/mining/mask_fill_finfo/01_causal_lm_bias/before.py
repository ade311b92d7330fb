import torch
import torch.nn as nn


class CausalAttention(nn.Module):
    def __init__(self, embed_dim, num_heads, max_positions=1024, dropout=0.0):
        super().__init__()
        self.register_buffer(
            "bias",
            torch.tril(torch.ones((max_positions, max_positions), dtype=torch.bool)).view(
                1, 1, max_positions, max_positions
            ),
            persistent=False,
        )
        self.register_buffer("masked_bias", torch.tensor(-1e4), persistent=False)
        self.num_heads = num_heads
        self.c_attn = nn.Linear(embed_dim, 3 * embed_dim)
        self.c_proj = nn.Linear(embed_dim, embed_dim)
        self.dropout = nn.Dropout(dropout)

    def _attn(self, query, key, value, attention_mask=None):
        attn_weights = torch.matmul(query, key.transpose(-1, -2)) / query.size(-1) ** 0.5
        q_len, k_len = query.size(-2), key.size(-2)
        causal_mask = self.bias[:, :, k_len - q_len : k_len, :k_len]
        attn_weights = torch.where(causal_mask, attn_weights, self.masked_bias.to(attn_weights.dtype))
        if attention_mask is not None:
            attn_weights = attn_weights + attention_mask
        attn_weights = self.dropout(attn_weights.softmax(dim=-1).to(value.dtype))
        return torch.matmul(attn_weights, value)

    def forward(self, hidden_states, attention_mask=None):
        b, n, d = hidden_states.shape
        q, k, v = self.c_attn(hidden_states).view(b, n, 3, self.num_heads, -1).permute(2, 0, 3, 1, 4)
        out = self._attn(q, k, v, attention_mask)
        return self.c_proj(out.transpose(1, 2).reshape(b, n, d))


class Model(nn.Module):
    def __init__(self, vocab, width, heads, layers):
        super().__init__()
        self.wte = nn.Embedding(vocab, width)
        self.h = nn.ModuleList([CausalAttention(width, heads) for _ in range(layers)])
        self.ln_f = nn.LayerNorm(width)

    def forward(self, input_ids, attention_mask=None):
        hidden_states = self.wte(input_ids)
        if attention_mask is not None:
            attention_mask = attention_mask[:, None, None, :].to(dtype=hidden_states.dtype)
            attention_mask = (1.0 - attention_mask) * -10000.0
        for block in self.h:
            hidden_states = hidden_states + block(hidden_states, attention_mask)
        return self.ln_f(hidden_states)


def z_score_clip(x, low=-10000.0, high=10000.0):
    """Outlier guard for logged values; the bound is a unit of the plot, not of the type."""
    return ((x - x.mean()) / x.std()).clamp(low, high)


class Scale(nn.Module):
    def forward(self, t):
        # rotary base
        return torch.exp(torch.arange(0, 64, 2) * (-9.21 / 64)) * t, t * -10000.0
