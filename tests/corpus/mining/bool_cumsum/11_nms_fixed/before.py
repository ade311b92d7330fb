"""Non-maximum suppression with a fixed number of results."""
from typing import Tuple
import torch
from torch import Tensor


def pairwise_iou(b: Tensor) -> Tensor:
    lo = torch.maximum(b[:, None, :2], b[None, :, :2])
    hi = torch.minimum(b[:, None, 2:], b[None, :, 2:])
    inter = (hi - lo).clamp(min=0).prod(-1)
    a = (b[:, 2:] - b[:, :2]).prod(-1)
    return inter / (a[:, None] + a[None] - inter + 1e-9)


def suppress(boxes: Tensor, scores: Tensor, threshold: float, limit: int) -> Tuple[Tensor, Tensor]:
    order = scores.argsort(descending=True)
    iou = pairwise_iou(boxes[order])
    n = len(order)
    alive = torch.ones(n, dtype=torch.bool, device=boxes.device)
    later = torch.ones(n, n, dtype=torch.bool, device=boxes.device).triu(1)
    for _ in range(limit):
        hit = (iou > threshold) & later & alive[:, None]
        alive = ~hit.any(0)
    slot = torch.cumsum(alive, dim=0) - 1
    slot = torch.where(alive, slot, limit).clamp(max=limit)
    out = torch.full((limit + 1,), -1, dtype=torch.long, device=boxes.device)
    out = out.scatter(0, slot, order)
    return out[:-1], (out[:-1] >= 0)


def average_precision(score: Tensor, hit: Tensor, total: int) -> Tensor:
    order = score.argsort(descending=True)
    hit = hit[order].bool()
    tp = torch.cumsum(hit, dim=0)
    fp = torch.cumsum(~hit, dim=0)
    recall = tp / max(total, 1)
    precision = tp / (tp + fp).clamp(min=1)
    precision = precision.flip(0).cummax(0).values.flip(0)
    step = torch.diff(recall, prepend=recall.new_zeros(1))
    return (step * precision).sum()


def calibration(score: Tensor, hit: Tensor, bins: int = 10) -> Tensor:
    edges = torch.linspace(0, 1, bins + 1, device=score.device)
    which = torch.bucketize(score, edges[1:-1])
    n = torch.zeros(bins, device=score.device).index_add(0, which, torch.ones_like(score))
    conf = torch.zeros_like(n).index_add(0, which, score)
    acc = torch.zeros_like(n).index_add(0, which, hit.to(score.dtype))
    return ((conf - acc).abs() / n.sum()).sum()


def lorenz(mass: Tensor) -> Tensor:
    s = mass.sort().values
    return torch.cumsum(s, dim=0) / s.sum()


def batch_offsets(batch_idx: Tensor, counts: Tensor) -> Tensor:
    starts = torch.cumsum(counts, dim=0).roll(1)
    starts[0] = 0
    return starts[batch_idx]
