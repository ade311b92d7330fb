"""Boxes as (x0, y0, x1, y1) in pixels unless a name says otherwise."""
from typing import List, Tuple

import torch
from torch import Tensor


def clip_to_image(boxes: Tensor, size: Tuple[int, int]) -> Tensor:
    height, width = size
    x, y = boxes[..., 0::2], boxes[..., 1::2]
    x.clamp_(min=0, max=width)
    y.clamp_(min=0, max=height)
    return torch.stack((x, y), dim=-1).reshape(boxes.shape)


def area(boxes: Tensor) -> Tensor:
    wh = boxes[..., 2:] - boxes[..., :2]
    return wh.clamp(min=0).prod(-1)


def iou(a: Tensor, b: Tensor) -> Tensor:
    lo = torch.max(a[:, None, :2], b[None, :, :2])
    hi = torch.min(a[:, None, 2:], b[None, :, 2:])
    wh = hi - lo
    wh.clamp_(min=0)
    inter = wh[..., 0] * wh[..., 1]
    union = area(a)[:, None] + area(b)[None] - inter
    return inter / union


def encode(reference: Tensor, proposals: Tensor, weights=(10.0, 10.0, 5.0, 5.0)) -> Tensor:
    pw, ph = (proposals[:, 2:] - proposals[:, :2]).unbind(1)
    gw, gh = (reference[:, 2:] - reference[:, :2]).unbind(1)
    px, py = proposals[:, 0] + pw / 2, proposals[:, 1] + ph / 2
    gx, gy = reference[:, 0] + gw / 2, reference[:, 1] + gh / 2
    t = torch.stack(((gx - px) / pw, (gy - py) / ph, (gw / pw).log(), (gh / ph).log()), dim=1)
    t.mul_(t.new_tensor(weights))
    return t


def decode(t: Tensor, anchors: Tensor, weights=(10.0, 10.0, 5.0, 5.0), clip: float = 4.135) -> Tensor:
    dx, dy, dw, dh = (t / t.new_tensor(weights)).unbind(-1)
    dw, dh = torch.clamp(dw, max=clip), torch.clamp(dh, max=clip)
    w, h = (anchors[:, 2:] - anchors[:, :2]).unbind(1)
    cx, cy = anchors[:, 0] + w / 2 + dx * w, anchors[:, 1] + h / 2 + dy * h
    w, h = dw.exp() * w, dh.exp() * h
    return torch.stack((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2), dim=-1)


class AnchorCache:
    def __init__(self, sizes: List[int]):
        self.sizes, self._seen = sizes, {}

    def add_(self, key, value):
        # same spelling as the tensor method, but ours
        self._seen[key] = value
        return value

    def get(self, h: int, w: int) -> Tensor:
        if (h, w) not in self._seen:
            base = torch.cat([torch.tensor([[-s, -s, s, s]]) for s in self.sizes]) / 2
            self.add_((h, w), base)
        return self._seen[h, w]
