import torch
import torch.nn as nn

IMPOSSIBLE = -1e4


class CRF(nn.Module):
    """Linear chain; transitions that the tagging scheme forbids are constants of the model."""

    def __init__(self, tags, forbidden=()):
        super().__init__()
        self.tags = tags
        self.trans = nn.Parameter(torch.zeros(tags, tags))
        self.start = nn.Parameter(torch.zeros(tags))
        self.stop = nn.Parameter(torch.zeros(tags))
        block = torch.zeros(tags, tags)
        for a, b in forbidden:
            block[a, b] = IMPOSSIBLE
        self.register_buffer('block', block)

    def transitions(self):
        return self.trans + self.block

    def partition(self, emit, mask):
        alpha = self.start + emit[:, 0]
        for t in range(1, emit.shape[1]):
            nxt = torch.logsumexp(alpha[:, :, None] + self.transitions(), dim=1) + emit[:, t]
            alpha = torch.where(mask[:, t, None], nxt, alpha)
        return torch.logsumexp(alpha + self.stop, dim=-1)

    def viterbi(self, emit, mask):
        score = self.start + emit[:, 0]
        back = []
        for t in range(1, emit.shape[1]):
            best, arg = (score[:, :, None] + self.transitions()).max(dim=1)
            score = torch.where(mask[:, t, None], best + emit[:, t], score)
            back.append(arg)
        tag = (score + self.stop).argmax(-1)
        path = [tag]
        for arg in reversed(back):
            tag = arg.gather(1, tag[:, None]).squeeze(1)
            path.append(tag)
        return torch.stack(path[::-1], dim=1)


class Tagger(nn.Module):
    def __init__(self, vocab, tags, width=100):
        super().__init__()
        self.emb = nn.Embedding(vocab, width)
        self.rnn = nn.LSTM(width, width, bidirectional=True, batch_first=True)
        self.att = nn.Linear(2 * width, 1)
        self.out = nn.Linear(4 * width, tags)
        self.crf = CRF(tags)

    def context(self, h, mask):
        e = self.att(h).squeeze(-1)
        e = e.masked_fill(~mask, torch.finfo(e.dtype).min)
        return torch.bmm(e.softmax(-1)[:, None], h)

    def forward(self, ids):
        mask = ids != 0
        h, _ = self.rnn(self.emb(ids))
        c = self.context(h, mask).expand_as(h)
        emit = self.out(torch.cat((h, c), dim=-1))
        top = h.masked_fill(mask.logical_not()[..., None], torch.finfo(h.dtype).min).amax(1)
        return emit, mask, top

    def loss(self, ids):
        emit, mask, _ = self(ids)
        return self.crf.partition(emit, mask).mean()
