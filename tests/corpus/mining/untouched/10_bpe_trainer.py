# Learns merges from word counts.
import collections
import heapq
import re

SPLIT = re.compile(r"\w+|[^\w\s]")


class Pairs:
    def __init__(self, words):
        self.words = [list(w) for w in words]
        self.counts = list(words.values())
        self.index = collections.defaultdict(set)
        self.total = collections.Counter()
        for i, (w, c) in enumerate(zip(self.words, self.counts)):
            for p in zip(w, w[1:]):
                self.index[p].add(i)
                self.total[p] += c

    def best(self):
        return max(self.total, key=lambda p: (self.total[p], p)) if self.total else None

    def merge(self, pair):
        new = "".join(pair)
        for i in list(self.index.pop(pair, ())):
            w, c = self.words[i], self.counts[i]
            for p in zip(w, w[1:]):
                self.total[p] -= c
            out, j = [], 0
            while j < len(w):
                if j + 1 < len(w) and (w[j], w[j + 1]) == pair:
                    out.append(new)
                    j += 2
                else:
                    out.append(w[j])
                    j += 1
            self.words[i] = out
            for p in zip(out, out[1:]):
                self.index[p].add(i)
                self.total[p] += c
        del self.total[pair]
        return new


def train(lines, size):
    words = collections.Counter(w for line in lines for w in SPLIT.findall(line))
    pairs, merges = Pairs(words), []
    while len(merges) < size:
        p = pairs.best()
        if p is None or pairs.total[p] < 2:
            break
        merges.append(p)
        pairs.merge(p)
    return merges


def report(merges, n=10):
    for i, (a, b) in enumerate(merges[:n]):
        print(f"{i:4d} {a}+{b}")


def longest(words, k):
    return heapq.nlargest(k, words, key=len)


def padded(n, to=64):
    return n + (-n % to)
