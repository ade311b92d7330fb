import torch
from torch.nn import Embedding, Module, ModuleList
from torch import nn


class OffsetEmbedding(Embedding):
    """Learned positions; the table starts two rows late because of an old padding scheme."""

    def __init__(self, num_embeddings, embedding_dim):
        self.offset = 2
        super().__init__(num_embeddings + self.offset, embedding_dim)

    def forward(self, attention_mask, past_key_values_length=0):
        attention_mask = attention_mask.bool()
        positions = (torch.cumsum(attention_mask, dim=1) * attention_mask).long() - 1
        positions = positions[:, past_key_values_length:]
        return super().forward(positions + self.offset)


class DecoderLayer(Module):
    def __init__(self, d, h):
        super().__init__()
        self.ln_1 = nn.LayerNorm(d)
        self.attn = nn.MultiheadAttention(d, h, batch_first=True)
        self.ln_2 = nn.LayerNorm(d)
        self.fc1 = nn.Linear(d, 4 * d)
        self.fc2 = nn.Linear(4 * d, d)

    def forward(self, x, mask):
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, attn_mask=mask, need_weights=False)[0]
        return x + self.fc2(torch.relu(self.fc1(self.ln_2(x))))


class Decoder(Module):
    def __init__(self, vocab, d=256, h=8, layers=4, context=2048):
        super().__init__()
        self.tokens = Embedding(vocab, d)
        self.positions = OffsetEmbedding(context, d)
        self.layers = ModuleList([DecoderLayer(d, h) for _ in range(layers)])
        self.ln_f = nn.LayerNorm(d)

    def forward(self, ids, attention_mask=None, past=0):
        if attention_mask is None:
            attention_mask = torch.ones(ids.shape, dtype=torch.bool, device=ids.device)
        x = self.tokens(ids) + self.positions(attention_mask, past)
        n = ids.shape[1]
        causal = torch.full((n, n), float("-inf"), device=x.device).triu(1)
        for layer in self.layers:
            x = layer(x, causal)
        return self.ln_f(x) @ self.tokens.weight.T


def bits_per_byte(logits, ids, nbytes):
    nll = nn.functional.cross_entropy(logits[:, :-1].transpose(1, 2), ids[:, 1:], reduction="none")
    total = torch.cumsum(nll, dim=1)
    return total[:, -1] / nbytes / 0.6931


def first_true(flags):
    hit = torch.cumsum(flags, dim=1) == 1
    return hit & flags
