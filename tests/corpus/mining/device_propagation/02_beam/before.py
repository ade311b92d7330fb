from typing import Callable, List
import torch
from torch import Tensor


class BeamState:
    def __init__(self, prompt: Tensor, width: int):
        b, n = prompt.shape
        self.width = width
        self.ids = prompt.repeat_interleave(width, 0)
        self.scores = torch.full((b, width), -1e9)
        self.scores[:, 0] = 0
        self.done = torch.zeros(b, width, dtype=torch.bool)

    def reorder(self, beam: Tensor) -> Tensor:
        base = torch.arange(beam.shape[0])[:, None] * self.width
        return (base + beam).flatten()


def step(state: BeamState, logits: Tensor, eos: int) -> None:
    v = logits.shape[-1]
    logp = logits.log_softmax(-1).view(-1, state.width, v)
    only_eos = torch.full((v,), -1e9)
    only_eos[eos] = 0
    logp = torch.where(state.done[..., None], only_eos, logp)
    total = state.scores[..., None] + logp
    state.scores, flat = total.flatten(1).topk(state.width)
    beam, token = flat // v, flat % v
    index = state.reorder(beam)
    state.ids = torch.cat([state.ids[index], token.view(-1, 1)], 1)
    state.done = state.done.flatten()[index].view_as(token) | (token == eos)


def search(model: Callable, prompt: Tensor, width: int, steps: int, eos: int) -> Tensor:
    state = BeamState(prompt, width)
    for _ in range(steps):
        step(state, model(state.ids)[:, -1], eos)
        if bool(state.done.all()):
            break
    best = state.scores.argmax(-1)
    rows = torch.arange(len(best))
    return state.ids.view(len(best), width, -1)[rows, best]


def diversity(ids: Tensor, groups: int) -> Tensor:
    same = ids[:, None] == ids[None]
    off = ~torch.eye(len(ids), dtype=torch.bool, device=ids.device)
    return 1 - same.float().mean(-1)[off].mean() / groups


def pad(rows: List[List[int]], value: int = 0) -> Tensor:
    # runs in the loader, before anything is moved
    n = max(map(len, rows))
    out = torch.full((len(rows), n), value)
    for i, r in enumerate(rows):
        out[i, : len(r)] = torch.tensor(r)
    return out


def schedule(steps: int) -> List[float]:
    return torch.linspace(1.0, 0.1, steps).tolist()
