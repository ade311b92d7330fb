import torch
from torch import nn, Tensor
import torch.nn.functional as F


class TopRouter(nn.Module):
    """Capacity-bounded routing; tokens beyond the capacity of an expert are dropped."""

    def __init__(self, d_model: int, num_experts: int, capacity: int, top_k: int = 2):
        super().__init__()
        self.gate = nn.Linear(d_model, num_experts, bias=False)
        self.num_experts, self.capacity, self.top_k = num_experts, capacity, top_k

    def forward(self, tokens: Tensor):
        scores = self.gate(tokens).softmax(dim=-1)
        weight, expert = scores.topk(self.top_k, dim=-1)
        chosen = F.one_hot(expert, self.num_experts).bool()
        used = torch.zeros(self.num_experts, dtype=torch.long, device=tokens.device)
        slots = []
        for k in range(self.top_k):
            hit = chosen[:, k]
            place = torch.cumsum(hit, dim=0) - 1 + used
            used = used + hit.sum(0)
            # where the token was not sent at all, its place must not be looked at
            slots.append((place * hit).sum(-1))
        slot = torch.stack(slots, dim=1)
        kept = slot < self.capacity
        return expert, slot, weight * kept, self.balance(scores, chosen)

    def balance(self, scores: Tensor, chosen: Tensor) -> Tensor:
        share = chosen[:, 0].float().mean(0)
        return self.num_experts * (share * scores.mean(0)).sum()


class Experts(nn.Module):
    def __init__(self, num_experts: int, d_model: int, d_ff: int):
        super().__init__()
        self.up = nn.Parameter(torch.randn(num_experts, d_model, d_ff) * d_model**-0.5)
        self.down = nn.Parameter(torch.randn(num_experts, d_ff, d_model) * d_ff**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x @ self.up) @ self.down


class SparseBlock(nn.Module):
    def __init__(self, d_model=64, d_ff=256, num_experts=8, capacity=32):
        super().__init__()
        self.router = TopRouter(d_model, num_experts, capacity)
        self.experts = Experts(num_experts, d_model, d_ff)

    def forward(self, x: Tensor):
        flat = x.flatten(0, 1)
        expert, slot, weight, aux = self.router(flat)
        cap, n = self.router.capacity, self.router.num_experts
        index = expert * cap + slot.clamp(max=cap - 1)
        buf = flat.new_zeros(n * cap, flat.shape[-1])
        src = flat[:, None] * (weight > 0)[..., None]
        buf = buf.index_add(0, index.flatten(), src.flatten(0, 1))
        out = self.experts(buf.view(n, cap, -1)).flatten(0, 1)
        return (out[index] * weight[..., None]).sum(1).view_as(x), aux


def offsets(tokens_per_expert: Tensor) -> Tensor:
    return torch.cumsum(tokens_per_expert, dim=0) - tokens_per_expert
