from typing import Iterable, List

import torch
from torch import nn, Tensor

from rank.types import RankOutput


class CrossEncoder(nn.Module):
    def __init__(self, backbone, width: int):
        super().__init__()
        self.backbone, self.head = backbone, nn.Linear(width, 1)
        self.config = backbone.config

    def forward(self, ids: Tensor, mask: Tensor, return_tuple: bool = None) -> RankOutput:
        return_tuple = return_tuple if return_tuple is not None else self.config.use_return_tuple
        out = self.backbone(ids, mask, return_tuple=return_tuple)
        score = self.head(out[0][:, 0]).squeeze(-1)
        if return_tuple:
            return (score,) + out[1:]
        return RankOutput(score=score, hidden_states=out.hidden_states)


class LateInteraction(nn.Module):
    def __init__(self, backbone, width: int, dim: int = 128):
        super().__init__()
        self.backbone, self.proj = backbone, nn.Linear(width, dim, bias=False)

    def encode(self, ids: Tensor, mask: Tensor) -> Tensor:
        h = self.backbone(ids, mask, return_tuple=True)[0]
        return nn.functional.normalize(self.proj(h), dim=-1) * mask[..., None]

    def forward(self, q, qm, d, dm, return_tuple=False):
        score = (self.encode(q, qm) @ self.encode(d, dm).mT).amax(-1).sum(-1)
        if return_tuple:
            return (score,)
        return RankOutput(score=score)


class Ensemble(nn.Module):
    def __init__(self, models: Iterable[nn.Module], weights: List[float]):
        super().__init__()
        self.models = nn.ModuleList(models)
        self.register_buffer("weights", torch.tensor(weights))

    def forward(self, *args):
        scores = [m(*args, return_tuple=True)[0] for m in self.models]
        return (torch.stack(scores, -1) * self.weights).sum(-1)


def ndcg(score: Tensor, gain: Tensor, k: int = 10, return_ideal: bool = False):
    order = score.argsort(-1, descending=True)[..., :k]
    discount = 1 / torch.log2(torch.arange(2, order.shape[-1] + 2))
    dcg = (gain.gather(-1, order) * discount).sum(-1)
    ideal = (gain.sort(-1, descending=True).values[..., :k] * discount).sum(-1)
    return (dcg / ideal, ideal) if return_ideal else dcg / ideal


def mine(model, queries, corpus, n):
    hard = {}
    for i, (q, qm) in enumerate(queries):
        s = torch.cat([model(q, qm, d, dm, return_tuple=True)[0] for d, dm in corpus])
        hard[i] = tuple(s.topk(n).indices.tolist())
    return hard
