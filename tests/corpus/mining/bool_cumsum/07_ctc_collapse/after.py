import torch


class GreedyDecoder(torch.nn.Module):
    """Best path: merge repeats, drop blanks; fixed width, no data-dependent shape."""

    def __init__(self, alphabet, blank=0):
        super().__init__()
        self.alphabet, self.blank = alphabet, blank

    def forward(self, emission):
        best = emission.argmax(-1)
        previous = torch.nn.functional.pad(best, (1, 0), value=self.blank)[:, :-1]
        keep = (best != self.blank) & (best != previous)
        place = keep.to(torch.int64).cumsum(-1) - 1
        width = best.shape[1]
        out = torch.full_like(best, self.blank)
        place = torch.where(keep, place, width - 1)
        out = out.scatter_reduce(1, place, torch.where(keep, best, self.blank), "amax")
        return out, keep.sum(-1)

    def text(self, emission):
        ids, n = self(emission)
        return ["".join(self.alphabet[i] for i in row[:k]) for row, k in zip(ids.tolist(), n.tolist())]


def word_ids(ids, space):
    gap = ids == space
    return (
        gap.to(torch.int64).cumsum(-1)
        .clamp(max=63)
    )


def durations_to_index(duration, frames):
    """Length regulator: which phoneme does frame t belong to?"""
    ends = duration.cumsum(-1)
    t = torch.arange(frames, device=duration.device)
    return (t[None, :, None] >= ends[:, None, :]).sum(-1)


class Aligner(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.q, self.k = torch.nn.Linear(width, width), torch.nn.Linear(width, width)

    def forward(self, text, mel):
        score = self.q(mel) @ self.k(text).transpose(1, 2)
        attn = (score / text.shape[-1] ** 0.5).softmax(-1)
        step = attn.argmax(-1)
        moved = step[:, 1:] > step[:, :-1]
        monotonic = torch.nn.functional.pad(moved.to(torch.int64).cumsum(-1), (1, 0))
        return attn, monotonic


def forward_sum(log_attn):
    n = log_attn.shape[-1]
    alpha = log_attn[:, 0]
    for t in range(1, log_attn.shape[1]):
        shifted = torch.nn.functional.pad(alpha, (1, 0), value=-1e4)[:, :n]
        alpha = torch.logaddexp(alpha, shifted) + log_attn[:, t]
    return -alpha[:, -1].mean()


def total_variation(wave):
    return wave.diff(dim=-1).abs().cumsum(-1)[..., -1]
