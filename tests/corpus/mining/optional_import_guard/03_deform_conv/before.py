import torch
import torch.nn as nn
from mmcv.ops import DeformConv2d
import numpy as np



def bilinear(x, pos):
    n, c, h, w = x.shape
    g = torch.stack([pos[..., 0] / (w - 1), pos[..., 1] / (h - 1)], -1) * 2 - 1
    return nn.functional.grid_sample(x, g, align_corners=True)


class PlainDeform(nn.Module):
    def __init__(self, cin, cout, k=3):
        super().__init__()
        self.k = k
        self.weight = nn.Parameter(torch.randn(cout, cin * k * k) * 0.02)

    def forward(self, x, offset):
        n, c, h, w = x.shape
        r = self.k // 2
        ys, xs = torch.meshgrid(torch.arange(h, device=x.device), torch.arange(w, device=x.device), indexing="ij")
        cols = []
        for i, (dy, dx) in enumerate((a, b) for a in range(-r, r + 1) for b in range(-r, r + 1)):
            oy, ox = offset[:, 2 * i], offset[:, 2 * i + 1]
            cols.append(bilinear(x, torch.stack([xs + dx + ox, ys + dy + oy], -1)))
        return torch.einsum("oc,nchw->nohw", self.weight, torch.cat(cols, 1))


class DeformBlock(nn.Module):
    def __init__(self, cin, cout, k=3):
        super().__init__()
        self.offset = nn.Conv2d(cin, 2 * k * k, k, padding=k // 2)
        make = PlainDeform if DeformConv2d is None else DeformConv2d
        self.conv = make(cin, cout, k)
        nn.init.zeros_(self.offset.weight)

    @torch.cuda.amp.autocast(enabled=False)
    def forward(self, x):
        return self.conv(x.float(), self.offset(x.float()))


class Neck(nn.Module):
    def __init__(self, widths, out):
        super().__init__()
        self.blocks = nn.ModuleList(DeformBlock(w, out) for w in widths)

    def forward(self, maps):
        outs = [b(m) for b, m in zip(self.blocks, maps)]
        for i in range(len(outs) - 2, -1, -1):
            outs[i] = outs[i] + nn.functional.interpolate(outs[i + 1], outs[i].shape[-2:])
        return outs

    @staticmethod
    def strides(maps, size):
        return [size // m.shape[-1] for m in maps]

    @torch.no_grad()
    def stats(self, maps):
        return np.array([float(m.std()) for m in maps])


if __name__ == "__main__":
    import time

    neck, start = Neck([8, 16], 8), time.time()
    print(neck([torch.rand(1, 8, 16, 16), torch.rand(1, 16, 8, 8)])[0].shape, time.time() - start)
