import random
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, vocab, emb, hid):
        super().__init__()
        self.embedding = nn.Embedding(vocab, emb)
        self.rnn = nn.GRU(emb, hid, bidirectional=True)
        self.fc = nn.Linear(2 * hid, hid)

    def forward(self, src, src_len):
        packed = nn.utils.rnn.pack_padded_sequence(self.embedding(src), src_len.cpu(), enforce_sorted=False)
        out, h = self.rnn(packed)
        out, _ = nn.utils.rnn.pad_packed_sequence(out, padding_value=-1e10)
        return out, torch.tanh(self.fc(torch.cat((h[-2], h[-1]), dim=1)))


class AdditiveAttention(nn.Module):
    def __init__(self, hid):
        super().__init__()
        self.attn = nn.Linear(3 * hid, hid)
        self.v = nn.Linear(hid, 1, bias=False)

    def forward(self, h, enc, mask):
        h = h[:, None].expand(-1, enc.shape[0], -1)
        enc = enc.transpose(0, 1)
        energy = torch.tanh(self.attn(torch.cat((h, enc), dim=2)))
        attention = self.v(energy).squeeze(2)
        attention = attention.masked_fill(mask == 0, torch.finfo(attention.dtype).min)
        return attention.softmax(dim=1)


class Decoder(nn.Module):
    def __init__(self, vocab, emb, hid):
        super().__init__()
        self.vocab = vocab
        self.attention = AdditiveAttention(hid)
        self.embedding = nn.Embedding(vocab, emb)
        self.rnn = nn.GRU(2 * hid + emb, hid)
        self.fc = nn.Linear(3 * hid + emb, vocab)

    def forward(self, token, h, enc, mask, forbid=None):
        e = self.embedding(token[None])
        a = self.attention(h, enc, mask)[:, None]
        ctx = torch.bmm(a, enc.transpose(0, 1)).transpose(0, 1)
        out, h = self.rnn(torch.cat((e, ctx), dim=2), h[None])
        logits = self.fc(torch.cat((out[0], ctx[0], e[0]), dim=1))
        if forbid is not None:
            logits = logits.masked_fill(forbid, value=torch.finfo(logits.dtype).min)
        return logits, h[0]


class Seq2Seq(nn.Module):
    def __init__(self, encoder, decoder, pad):
        super().__init__()
        self.encoder, self.decoder, self.pad = encoder, decoder, pad

    def forward(self, src, src_len, trg, ratio=0.5):
        enc, h = self.encoder(src, src_len)
        mask = (src != self.pad).t()
        token, outs = trg[0], []
        for t in range(1, trg.shape[0]):
            logits, h = self.decoder(token, h, enc, mask)
            outs.append(logits)
            token = trg[t] if random.random() < ratio else logits.argmax(1)
        return torch.stack(outs)


SMOOTH = 1e-10


def perplexity(p):
    return torch.exp(-(p * (p + SMOOTH).log()).sum(-1))
