import torch
from torch import nn
from typing import Optional, Tuple, Sequence


class FeatureExtractor(nn.Module):
    def __init__(self, dims: Sequence[int] = (32, 32)):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv1d(a, b, 5, 3) for a, b in zip((1, *dims), dims))

    def forward(self, input_values: torch.Tensor) -> torch.Tensor:
        x = input_values[:, None]
        for c in self.convs:
            x = nn.functional.gelu(c(x))
        return x.transpose(1, 2)

    def lengths(self, n: torch.Tensor) -> torch.Tensor:
        for _ in self.convs:
            n = (n - 5) // 3 + 1
        return n


def mask_indices(
    shape: Tuple[int, int],
    prob: float,
    length: int,
    attention_mask: Optional[torch.Tensor] = None,
) -> torch.Tensor:
    b, n = shape
    starts = torch.rand(b, n) < prob / length
    out = starts.clone()
    for i in range(1, length):
        out[:, i:] |= starts[:, :-i]
    return out if attention_mask is None else out & attention_mask.bool()


class Quantizer(nn.Module):
    def __init__(self, d: int, groups: int = 2, size: int = 320):
        super().__init__()
        self.codes = nn.Parameter(torch.rand(groups, size, d // groups))
        self.proj, self.groups = nn.Linear(d, groups * size), groups

    def forward(self, x: torch.Tensor, tau: float = 1.0) -> Tuple[torch.Tensor, torch.Tensor]:
        p = nn.functional.gumbel_softmax(self.proj(x).unflatten(-1, (self.groups, -1)), tau=tau, hard=True)
        avg = p.mean((0, 1))
        return torch.einsum("bngs,gsd->bngd", p, self.codes).flatten(2), torch.exp(-(avg * (avg + 1e-7).log()).sum())


class Pretraining(nn.Module):
    def __init__(self, d: int = 32):
        super().__init__()
        self.features, self.quant = FeatureExtractor(), Quantizer(d)
        self.context = nn.GRU(d, d, batch_first=True)

    def forward(
        self,
        input_values: Optional[torch.Tensor],
        mask_time_indices: Optional[torch.Tensor] = None,
        sampled_negative_indices: Optional[torch.Tensor] = None,
    ) -> Tuple[torch.Tensor, ...]:
        f = self.features(input_values)
        q, perplexity = self.quant(f)
        if mask_time_indices is not None:
            f = f * ~mask_time_indices[..., None]
        c, _ = self.context(f)
        return nn.functional.cosine_similarity(c, q, dim=-1), perplexity


def pad(rows: Sequence[Sequence[float]]) -> torch.Tensor:
    return nn.utils.rnn.pad_sequence([torch.FloatTensor(r) for r in rows], batch_first=True)


def is_gpu(x: torch.Tensor) -> bool:
    return x.type() == "torch.cuda.FloatTensor"
