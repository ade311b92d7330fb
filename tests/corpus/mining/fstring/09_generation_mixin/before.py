import warnings
import torch


class GenerationMixin:
    def _validate(self, max_length, min_length, num_beams, temperature, top_k, top_p):
        if max_length < min_length:
            raise ValueError("max_length {} is below min_length {}".format(max_length, min_length))
        if not isinstance(num_beams, int) or num_beams < 1:
            raise ValueError("`num_beams` has to be a positive integer, but is {}".format(num_beams))
        if temperature <= 0:
            raise ValueError("`temperature` has to be positive, but is {}".format(temperature))
        if top_k is not None and top_k < 0:
            raise ValueError("`top_k` is {}".format(top_k))
        if not 0 <= top_p <= 1:
            raise ValueError(
                # the message is part of the tests of two projects
                "`top_p` has to be in [0, 1], but is {}".format(top_p)
            )

    def prepare_inputs(self, ids, **kwargs):
        return {"input_ids": ids, **kwargs}

    @torch.no_grad()
    def generate(self, ids, max_length=20, min_length=0, num_beams=1, temperature=1.0, top_k=None, top_p=1.0, eos=None):
        self._validate(max_length, min_length, num_beams, temperature, top_k, top_p)
        if ids.shape[1] >= max_length:
            warnings.warn("Input is {} long, but `max_length` is {}".format(ids.shape[1], max_length))
        cache, done = None, torch.zeros(len(ids), dtype=torch.bool, device=ids.device)
        while ids.shape[1] < max_length and not done.all():
            out = self(**self.prepare_inputs(ids, cache=cache))
            logits, cache = out["logits"][:, -1] / temperature, out["cache"]
            if top_k:
                logits = logits.masked_fill(logits < logits.topk(top_k).values[:, -1:], float("-inf"))
            token = torch.multinomial(logits.softmax(-1), 1)
            ids = torch.cat([ids, token], dim=1)
            if eos is not None:
                done |= token[:, 0] == eos
        return ids

    def beam_indices(self, flat, vocab):
        return flat // vocab, flat % vocab

    def stream(self, ids, callback, every=4):
        for n in range(ids.shape[1]):
            if (n + 1) % every == 0:
                callback("%d of %d" % (n + 1, ids.shape[1]))

    def template(self, messages):
        return "".join(self.chat_template.format(role=m["role"], text=m["text"]) for m in messages)

    def expand(self, tensors, n):
        return {k: v.repeat_interleave(n, dim=0) for k, v in tensors.items()}


class Sampler:
    """Draws tokens until the budget of a request is spent."""

    def __init__(self, model, budget):
        self.model, self.budget = model, budget

    def run(self, ids):
        spent = 0
        while spent < self.budget:
            ids = self.model.generate(ids, max_length=ids.shape[1] + 8)
            spent += 8
        return ids
