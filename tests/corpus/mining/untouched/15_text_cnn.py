import torch
from torch import nn
from torch.nn import functional


class TextCNN(nn.Module):
    def __init__(self, vocab, d=128, widths=(3, 4, 5), maps=64, classes=2, p=0.5):
        super().__init__()
        self.emb = nn.Embedding(vocab, d, padding_idx=0)
        self.convs = nn.ModuleList(nn.Conv1d(d, maps, w, padding=w - 1) for w in widths)
        self.fc = nn.Linear(maps * len(widths), classes)
        self.p = p

    def forward(self, ids, labels=None):
        x = self.emb(ids).transpose(1, 2)
        h = torch.cat([functional.relu(c(x)).amax(-1) for c in self.convs], dim=1)
        h = functional.dropout(h, p=self.p, training=self.training)
        logits = self.fc(h)
        if labels is None:
            return logits
        return functional.cross_entropy(logits, labels), logits


class FastText(nn.Module):
    def __init__(self, buckets, d, classes):
        super().__init__()
        self.bag = nn.EmbeddingBag(buckets, d, mode="mean")
        self.fc = nn.Linear(d, classes)

    def forward(self, flat, starts):
        return self.fc(self.bag(flat, starts))


def hashed(words, buckets):
    grams = words + [f"{a} {b}" for a, b in zip(words, words[1:])]
    return [hash(g) % buckets for g in grams]


def collate(rows, buckets):
    flat, starts = [], []
    for words in rows:
        starts.append(len(flat))
        flat.extend(hashed(words, buckets))
    return torch.tensor(flat), torch.tensor(starts)


def occlusion(model, ids, pad=0):
    """How much the prediction changes when a word is hidden."""
    base = model(ids)
    out = []
    for i in range(ids.shape[1]):
        hidden = torch.cat([ids[:, :i], torch.full_like(ids[:, :1], pad), ids[:, i + 1 :]], dim=1)
        out.append((base - model(hidden)).abs().sum(-1))
    return torch.stack(out, dim=1)


def f_beta(p, r, beta=1.0):
    F = (1 + beta**2) * p * r / (beta**2 * p + r + 1e-9)
    return F
