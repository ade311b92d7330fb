from torch import Tensor, nn
import torch


def invert_mask(encoder_attention_mask: Tensor, dtype: torch.dtype) -> Tensor:
    if encoder_attention_mask.dim() == 3:
        extended = encoder_attention_mask[:, None, :, :]
    else:
        extended = encoder_attention_mask[:, None, None, :]
    extended = extended.to(dtype=dtype)
    return (1.0 - extended) * -1e4


class SelfAttention(nn.Module):
    def __init__(self, hidden: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(hidden, hidden) for _ in range(3))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        def split(t: Tensor) -> Tensor:
            return t.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        q, k, v = split(self.query(x)), split(self.key(x)), split(self.value(x))
        score = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5 + mask
        return (score.softmax(-1) @ v).transpose(1, 2).flatten(2)


class Layer(nn.Module):
    def __init__(self, hidden: int, heads: int):
        super().__init__()
        self.attention = SelfAttention(hidden, heads)
        self.ln1, self.ln2 = nn.LayerNorm(hidden), nn.LayerNorm(hidden)
        self.ff = nn.Sequential(nn.Linear(hidden, 4 * hidden), nn.GELU(), nn.Linear(4 * hidden, hidden))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.ln1(x + self.attention(x, mask))
        return self.ln2(x + self.ff(x))


class Encoder(nn.Module):
    def __init__(self, vocab: int, hidden: int = 128, heads: int = 4, depth: int = 3):
        super().__init__()
        self.embed = nn.Embedding(vocab, hidden)
        self.layers = nn.ModuleList(Layer(hidden, heads) for _ in range(depth))
        self.pointer = nn.Linear(hidden, 1)

    def forward(self, ids: Tensor, attention_mask: Tensor) -> Tensor:
        x = self.embed(ids)
        mask = invert_mask(attention_mask, x.dtype)
        for layer in self.layers:
            x = layer(x, mask)
        return x

    def point(self, ids: Tensor, attention_mask: Tensor) -> Tensor:
        logits = self.pointer(self(ids, attention_mask)).squeeze(-1)
        logits = logits.masked_fill(attention_mask == 0, -1e4)
        return logits.softmax(-1)

    def answer_window(self, start: Tensor, end: Tensor) -> Tensor:
        table = start[:, :, None] + end[:, None, :]
        late = torch.ones_like(table, dtype=torch.bool).tril(-1)
        return table.masked_fill(late, -1e4).flatten(1).argmax(-1)


LEARNING = dict(lr=1e-4, weight_decay=1e-2, eps=1e-8)
