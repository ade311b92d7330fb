"""An image classifier that measures the contrast of what it sees and then picks one of three mixing recipes."""
import torch
import torch.nn.functional as F
from torch import nn


class ContrastRouter(nn.Module):
    def __init__(self, c=6, n_out=5):
        super().__init__()
        self.stem = nn.Conv2d(3, c, 3, padding=1)
        self.sharp = nn.Conv2d(c, c, 3, padding=1, groups=c)
        self.smooth = nn.Conv2d(c, c, 1)
        self.bias = nn.Parameter(torch.full((c, 1, 1), 0.2))
        self.fc = nn.Linear(c, n_out)

    def forward(self, img):
        h = F.relu(self.stem(img))
        contrast = float(h.var())
        if contrast > 0.12:
            detail = self.sharp(h)
            h = h + torch.tanh(detail)
        elif contrast > 0.08:
            h = h * 0.5
            h = h + self.smooth(h)
        else:
            h = (h + self.bias) / (1.0 + contrast)
        return self.fc(h.mean((-2, -1)) + self.bias.flatten() * self.smooth(h).mean() + self.sharp(h).mean())


def load_model():
    torch.manual_seed(3)
    return ContrastRouter()


def load_inputs(seed=0):
    g = torch.Generator().manual_seed(seed)
    return {"img": torch.randn(2, 3, 8, 8, generator=g) * (0.7 + 0.6 * torch.rand((), generator=g))}
