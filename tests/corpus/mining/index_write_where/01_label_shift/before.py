import torch
from torch import nn


def shift_tokens_right(input_ids, pad_token_id, decoder_start_token_id):
    """Shift input ids one token to the right."""
    shifted = input_ids.new_zeros(input_ids.shape)
    shifted[:, 1:] = input_ids[:, :-1].clone()
    shifted[:, 0] = decoder_start_token_id
    # -100 marks what the loss ignores
    shifted[shifted == -100] = pad_token_id
    return shifted


class MaskedLanguageHead(nn.Module):
    def __init__(self, width, vocab):
        super().__init__()
        self.dense = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.decoder = nn.Linear(width, vocab)

    def forward(self, hidden, labels=None, mask_token_id=4):
        h = self.norm(nn.functional.gelu(self.dense(hidden)))
        scores = self.decoder(h)
        if labels is None:
            return scores
        labels[labels == mask_token_id] = -100
        loss = nn.functional.cross_entropy(scores.flatten(0, 1), labels.flatten())
        return loss, scores


class Corruptor:
    def __init__(self, vocab, mask_id, special, p=0.15):
        self.vocab, self.mask_id, self.special, self.p = vocab, mask_id, special, p

    def __call__(self, ids, generator=None):
        labels = ids.clone()
        prob = torch.full(ids.shape, self.p)
        is_special = torch.zeros_like(ids, dtype=torch.bool)
        for s in self.special:
            is_special |= ids == s
        prob[is_special] = 0.0
        chosen = torch.bernoulli(prob, generator=generator).bool()
        labels[~chosen] = -100
        hide = torch.bernoulli(torch.full(ids.shape, 0.8), generator=generator).bool() & chosen
        ids[hide] = self.mask_id
        swap = torch.bernoulli(torch.full(ids.shape, 0.5), generator=generator).bool() & chosen & ~hide
        noise = torch.randint(self.vocab, ids.shape, generator=generator)
        ids[swap] = noise[swap]
        return ids, labels


class Vocab(dict):
    def __init__(self, words):
        super().__init__()
        for w in words:
            self[w] = len(self)

    def encode(self, text, unk=0):
        return torch.tensor([self.get(w, unk) for w in text.split()])
