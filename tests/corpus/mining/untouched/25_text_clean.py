import functools
import html
import re
import unicodedata

URL = re.compile(r"https?://\S+")
SPACE = re.compile(r"\s+")
TEMPLATE = "<{kind}>{text}</{kind}>"


@functools.lru_cache(maxsize=4096)
def strip_accents(word):
    parts = unicodedata.normalize("NFD", word)
    return "".join(c for c in parts if unicodedata.category(c) != "Mn")


def clean(text, lower=True):
    text = html.unescape(text)
    text = URL.sub("<url>", text)
    text = SPACE.sub(" ", text).strip()
    return text.lower() if lower else text


class Sentences:
    def __init__(self, abbreviations=("e.g.", "i.e.", "fig.")):
        self.abbreviations = set(abbreviations)

    def split(self, text):
        out, current = [], []
        for word in text.split():
            current.append(word)
            if word[-1] in ".!?" and word.lower() not in self.abbreviations:
                out.append(" ".join(current))
                current = []
        if current:
            out.append(" ".join(current))
        return out


def tag(kind, text):
    return TEMPLATE.format(kind=kind, text=html.escape(text))


def truncate(words, limit, side="right"):
    if len(words) <= limit:
        return words
    return words[:limit] if side == "right" else words[-limit:]


def ngrams(words, n):
    return list(zip(*(words[i:] for i in range(n))))


def percent(part, whole):
    return "%d%%" % (100 * part // max(whole, 1)) if whole else "-"


def overlap(a, b, n=3):
    x, y = set(ngrams(a.split(), n)), set(ngrams(b.split(), n))
    return len(x & y) / max(len(x | y), 1)


def is_noise(line, least=0.5):
    letters = sum(c.isalpha() for c in line)
    return letters / max(len(line), 1) < least


def wrap(text, width):
    line, out = "", []
    for w in text.split():
        if len(line) + len(w) + 1 > width:
            out.append(line)
            line = w
        else:
            line = f"{line} {w}".strip()
    return out + [line]
