"""Region classifier: one box a picture, its pixels are averaged and the mean is classified."""
import torch
from torch import nn


class RegionClassifier(nn.Module):
    def __init__(self, channels=5, classes=4):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, channels, 3, padding=1), nn.SiLU())
        self.classify = nn.Linear(channels, classes)

    def forward(self, picture, left, top, right, bottom):
        fmap = self.features(picture)
        regions = []
        for fm, *box in zip(fmap, left, top, right, bottom):
            x0, y0, x1, y1 = [int(edge) for edge in box]
            regions.append(fm[:, y0:y1, x0:x1].amax(dim=(1, 2)))
        return self.classify(torch.stack(regions))


def load_model():
    torch.manual_seed(129)
    return RegionClassifier()


def load_inputs(seed=0):
    g = torch.Generator().manual_seed(seed)
    edges = {name: torch.randint(0, 4, (2,), generator=g) for name in ("left", "top")}
    edges |= {name: torch.randint(5, 9, (2,), generator=g) for name in ("right", "bottom")}
    return {"picture": torch.randn(2, 3, 8, 8, generator=g), **edges}
