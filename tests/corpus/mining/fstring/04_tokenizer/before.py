# coding=utf-8
"""Byte-level byte pair encoding."""
import collections
import unicodedata


def bytes_to_unicode():
    keep = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    rest = [b for b in range(256) if b not in keep]
    return dict(zip(keep + rest, map(chr, keep + [256 + i for i in range(len(rest))])))


class Tokenizer:
    def __init__(self, vocab, merges, unk="<unk>"):
        if unk not in vocab:
            raise ValueError("the unknown token {!r} is not in the vocabulary".format(unk))
        self.vocab, self.unk = vocab, unk
        self.inverse = {v: k for k, v in vocab.items()}
        self.rank = {tuple(m.split()): i for i, m in enumerate(merges)}
        self.table = bytes_to_unicode()
        self.extra = collections.OrderedDict()

    def add_tokens(self, tokens):
        for t in tokens:
            if t in self.vocab:
                print("token {} is known already".format(t))
                continue
            self.extra[t] = self.vocab[t] = len(self.vocab)
        return len(self.extra)

    def add_numbered(self, stem, count):
        return self.add_tokens(["<{}_{}>".format(stem, i) for i in range(count)])

    def bpe(self, word):
        parts = list(word)
        while len(parts) > 1:
            pairs = [(self.rank.get(p, 1 << 30), i) for i, p in enumerate(zip(parts, parts[1:]))]
            rank, i = min(pairs)
            if rank == 1 << 30:
                break
            parts[i : i + 2] = ["".join(parts[i : i + 2])]
        return parts

    def tokenize(self, text):
        text = unicodedata.normalize("NFC", text)
        out = []
        for w in text.split(" "):
            out += self.bpe("".join(self.table[b] for b in (" " + w).encode("utf-8")))
        return out

    def decode(self, ids):
        bad = [i for i in ids if i not in self.inverse]
        if bad:
            raise IndexError("ids {} are outside of the {} known ones".format(bad, len(self.inverse)))
        return "".join(self.inverse[i] for i in ids)

    def pad(self, n, multiple=8):
        return n if n % multiple == 0 else n + multiple - n % multiple

    def prompt(self, template, **values):
        # the caller's template
        return template.format(**values)

    def __repr__(self):
        return "Tokenizer(vocab={}, merges={})".format(len(self.vocab), len(self.rank))
