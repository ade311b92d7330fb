import torch
from torch import nn


class CharModel(nn.Module):
    def __init__(self, vocab, width=256, layers=2, tie=True):
        super().__init__()
        self.emb = nn.Embedding(vocab, width)
        self.rnn = nn.LSTM(width, width, layers)
        self.out = nn.Linear(width, vocab)
        self.vocab = vocab
        if tie:
            self.out.weight = self.emb.weight

    def forward(self, ids, state=None):
        # time first inside, batch first outside
        x = self.emb(ids).transpose(0, 1)
        h, state = self.rnn(x, state)
        logits = self.out(h).transpose(0, 1)
        return logits, state

    def loss(self, ids, state=None):
        logits, state = self(ids, state)
        logits = logits[:, :-1]
        logits = logits.view(-1, self.vocab)
        labels = ids[:, 1:]
        labels = labels.view(-1)
        return nn.functional.cross_entropy(logits, labels), state


class Bigram(nn.Module):
    def __init__(self, vocab):
        super().__init__()
        self.table = nn.Embedding(vocab, vocab)

    def loss(self, ids):
        logits = self.table(ids)
        logits = logits[:, :-1]
        labels = ids[:, 1:]
        # flatten() copies on its own
        return nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())


def batchify(data, bsz):
    n = data.size(0) // bsz
    data = data.narrow(0, 0, n * bsz)
    data = data.view(bsz, -1).t()
    return data


def windows(data, bptt):
    for i in range(0, data.size(0) - 1, bptt):
        n = min(bptt, data.size(0) - 1 - i)
        target = data[i + 1 : i + 1 + n]
        yield data[i : i + n], target.reshape(-1)


def detach(state):
    return tuple(s.detach() for s in state)


def train(model, data, optimizer, bptt=70, clip=0.25):
    total, state = 0.0, None
    for x, _ in windows(data, bptt):
        ids = x.t()
        loss, state = model.loss(ids, state)
        state = detach(state)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        total += loss.item()
    return total


def unigram(ids, vocab):
    counts = torch.bincount(ids.t().flatten(), minlength=vocab)
    return counts / counts.sum()
