import torch
from torch import nn


class Matcher:
    BELOW, BETWEEN = -1, -2

    def __init__(self, high, low, keep_best=False):
        self.high, self.low, self.keep_best = high, low, keep_best

    def __call__(self, quality):
        value, match = quality.max(dim=0)
        best = match.clone() if self.keep_best else None
        below = value < self.low
        between = (value >= self.low) & (value < self.high)
        match = torch.where(below, self.BELOW, match)
        match = torch.where(between, self.BETWEEN, match)
        if best is not None:
            top = quality.max(dim=1).values
            rows = (quality == top[:, None]).any(0)
            match = torch.where(rows, best, match)
        return match


class Targets(nn.Module):
    def __init__(self, classes, high=0.5, low=0.4):
        super().__init__()
        self.classes = classes
        self.matcher = Matcher(high, low)

    def forward(self, quality, labels, boxes):
        match = self.matcher(quality)
        cls = labels[match.clamp(min=0)]
        cls = torch.where(
            match == Matcher.BELOW,
            self.classes,
            cls,
        )
        cls = torch.where(match == Matcher.BETWEEN, -1, cls)
        return cls, boxes[match.clamp(min=0)]


def sample(cls, background, n, fraction, generator=None):
    fg = torch.nonzero((cls >= 0) & (cls != background)).squeeze(1)
    bg = torch.nonzero(cls == background).squeeze(1)
    k = min(int(n * fraction), len(fg))
    pick_fg = fg[torch.randperm(len(fg), generator=generator)[:k]]
    pick_bg = bg[torch.randperm(len(bg), generator=generator)[: n - k]]
    keep = torch.zeros_like(cls, dtype=torch.bool)
    # positions, not a mask
    keep[pick_fg] = True
    keep[pick_bg] = True
    return keep


def paste(mask, box, height, width):
    x0, y0, x1, y1 = (int(v) for v in box)
    image = torch.zeros(height, width, dtype=mask.dtype)
    scaled = nn.functional.interpolate(mask[None, None], (y1 - y0, x1 - x0), mode="bilinear")[0, 0]
    image[y0:y1, x0:x1] = scaled
    image = torch.where(image < 0.5, 0, image)
    return image


def panoptic(scores, ids, void=255):
    seg = ids[scores.argmax(0)]
    weak = scores.amax(0) < 0.3
    seg = torch.where(weak, void, seg)
    return seg
