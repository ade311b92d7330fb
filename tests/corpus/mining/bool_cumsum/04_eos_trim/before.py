# Helpers for generated sequences.
import torch

PAD = 0


def keep_until_eos(ids, eos):
    ended = ids == eos
    before = ended.cumsum(dim=1) - ended.long()
    return before == 0


def trim(ids, eos, pad=PAD):
    keep = keep_until_eos(ids, eos)
    longest = int(keep.sum(1).max())
    return torch.where(keep, ids, pad)[:, :longest]


def sentence_index(ids, sep):
    """0 for the first sentence, 1 for the second, and so on; the separator belongs to the left one."""
    is_sep = ids.eq(sep)
    return is_sep.cumsum(dim=-1) - is_sep.to(ids.dtype)


def nucleus(logits, p, min_keep=1):
    value, order = torch.sort(logits, descending=True)
    mass = value.softmax(dim=-1).cumsum(dim=-1)
    gone = mass > p
    gone[..., 1:] = gone[..., :-1].clone()
    gone[..., :min_keep] = False
    mask = gone.scatter(-1, order, gone)
    return logits.masked_fill(mask, float("-inf"))


def left_pad(batch, pad=PAD):
    width = max(len(b) for b in batch)
    out = torch.full((len(batch), width), pad)
    for row, b in enumerate(batch):
        out[row, width - len(b):] = torch.as_tensor(b)
    mask = out != pad
    position = (mask.cumsum(dim=1) - 1).clamp(min=0)
    return out, mask, position


class StopOnSequences:
    def __init__(self, sequences):
        self.sequences = [torch.as_tensor(s) for s in sequences]

    def __call__(self, ids):
        done = torch.zeros(ids.shape[0], dtype=torch.bool, device=ids.device)
        for s in self.sequences:
            if ids.shape[1] >= len(s):
                done |= (ids[:, -len(s):] == s.to(ids.device)).all(dim=1)
        return done


def score(log_probs, ids, eos):
    token = log_probs.gather(-1, ids[..., None]).squeeze(-1)
    running = token.cumsum(dim=1)
    last = keep_until_eos(ids, eos).sum(1) - 1
    return running.gather(1, last[:, None]).squeeze(1)


def repeat_rate(ids):
    same = ids[:, 1:] == ids[:, :-1]
    return same.float().mean(1)
