import torch
from torch import nn, Tensor
from typing import Dict, List
import math


class RetinaHead(nn.Module):
    def __init__(self, width: int, anchors: int, classes: int):
        super().__init__()
        self.anchors, self.classes = anchors, classes
        self.tower = nn.Sequential(*[m for _ in range(2) for m in (nn.Conv2d(width, width, 3, 1, 1), nn.ReLU())])
        self.cls = nn.Conv2d(width, anchors * classes, 3, 1, 1)
        self.box = nn.Conv2d(width, anchors * 4, 3, 1, 1)
        nn.init.constant_(self.cls.bias, -math.log(99))

    def _flatten(self, t: Tensor, last: int) -> Tensor:
        n, _, h, w = t.shape
        # (N, A * K, H, W) -> (N, H * W * A, K)
        t = t.view(n, -1, last, h, w)
        t = t.permute(0, 3, 4, 1, 2)
        t = t.view(n, -1, last)
        return t

    def forward(self, maps: List[Tensor]) -> Dict[str, Tensor]:
        cls, box = [], []
        for m in maps:
            h = self.tower(m)
            cls.append(self._flatten(self.cls(h), self.classes))
            box.append(self._flatten(self.box(h), 4))
        return {"cls": torch.cat(cls, 1), "box": torch.cat(box, 1)}


class YoloDecode(nn.Module):
    def __init__(self, anchors: Tensor, classes: int, stride: int):
        super().__init__()
        self.register_buffer("anchors", anchors)
        self.na, self.no, self.stride = len(anchors), classes + 5, stride

    def forward(self, p: Tensor) -> Tensor:
        bs, _, ny, nx = p.shape
        p = p.view(bs, self.na, self.no, ny, nx)
        p = p.permute(0, 1, 3, 4, 2)
        y = p.sigmoid()
        gy, gx = torch.meshgrid(torch.arange(ny, device=p.device), torch.arange(nx, device=p.device), indexing="ij")
        grid = torch.stack((gx, gy), -1)
        xy = (y[..., :2] * 2 - 0.5 + grid) * self.stride
        wh = (y[..., 2:4] * 2) ** 2 * self.anchors[None, :, None, None]
        return torch.cat((xy, wh, y[..., 4:]), -1).view(bs, -1, self.no)


def masks(coeff: Tensor, proto: Tensor) -> Tensor:
    c, h, w = proto.shape
    m = coeff @ proto.view(c, -1)
    return m.view(-1, h, w).sigmoid()


def show(image: Tensor):
    image = image.permute(1, 2, 0)
    # matplotlib takes strided arrays
    return image.clamp(0, 1).numpy()


def order(scores: Tensor, boxes: Tensor) -> Tensor:
    b = boxes.transpose(0, 1)
    x0, y0, x1, y1 = b.unbind(0)
    return ((x1 - x0) * (y1 - y0) * scores).argsort()
