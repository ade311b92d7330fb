import torch
import torch.nn as nn


def position_ids_from_input_ids(input_ids, padding_idx, past_length=0):
    """Non-padding symbols get their number, counted from padding_idx + 1."""
    mask = input_ids.ne(padding_idx)
    incremental = (torch.cumsum(mask, dim=1) + past_length) * mask
    return incremental.long() + padding_idx


class Embeddings(nn.Module):
    def __init__(self, vocab, width, positions, padding_idx=1, eps=1e-5):
        super().__init__()
        self.padding_idx = padding_idx
        self.word = nn.Embedding(vocab, width, padding_idx=padding_idx)
        self.position = nn.Embedding(positions, width, padding_idx=padding_idx)
        self.norm = nn.LayerNorm(width, eps=eps)
        self.drop = nn.Dropout(0.1)

    def forward(self, input_ids=None, inputs_embeds=None, past_length=0):
        if input_ids is not None:
            position_ids = position_ids_from_input_ids(input_ids, self.padding_idx, past_length)
            inputs_embeds = self.word(input_ids)
        else:
            n = inputs_embeds.shape[1]
            position_ids = torch.arange(self.padding_idx + 1, n + self.padding_idx + 1, device=inputs_embeds.device)
            position_ids = position_ids.unsqueeze(0).expand(inputs_embeds.shape[:2])
        return self.drop(self.norm(inputs_embeds + self.position(position_ids)))


class LengthHead(nn.Module):
    """Predicts where a chunk ends; the running sum is over probabilities."""

    def __init__(self, width):
        super().__init__()
        self.proj = nn.Linear(width, 1)

    def forward(self, hidden):
        p = self.proj(hidden).squeeze(-1).sigmoid()
        return torch.cumsum(p, dim=1)


class Encoder(nn.Module):
    def __init__(self, vocab, width, layers, positions=514):
        super().__init__()
        self.embeddings = Embeddings(vocab, width, positions)
        layer = nn.TransformerEncoderLayer(width, 4, 4 * width, batch_first=True)
        self.stack = nn.TransformerEncoder(layer, layers)
        self.length = LengthHead(width)

    def forward(self, input_ids):
        hidden = self.embeddings(input_ids)
        hidden = self.stack(hidden, src_key_padding_mask=input_ids.eq(self.embeddings.padding_idx))
        return hidden, self.length(hidden)


def pack_lengths(lengths):
    starts = torch.cumsum(lengths, dim=0) - lengths
    return starts, starts + lengths
