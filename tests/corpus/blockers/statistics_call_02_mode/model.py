"""Label smoothing for segmentation: each pixel takes the class that is most frequent among nine learned votes."""
import torch
import torch.nn.functional as F
from torch import nn

CLASSES = 4


class VotingSegmenter(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.a = nn.Conv2d(3, width, 3, padding=1)
        self.b = nn.Conv2d(width, CLASSES, 1)
        self.palette = nn.Embedding(CLASSES, 3)

    def forward(self, image):
        logits = self.b(F.relu(self.a(image)))
        labels = F.pad(logits.argmax(1), (1, 1, 1, 1), value=0)
        h, w = image.shape[-2:]
        votes = torch.stack([labels[:, i : i + h, j : j + w] for i in range(3) for j in range(3)], -1)
        winner = torch.mode(votes, dim=-1).values
        return logits, self.palette(winner)


def load_model():
    torch.manual_seed(103)
    model = VotingSegmenter()
    nn.init.orthogonal_(model.b.weight)
    nn.init.constant_(model.b.bias, 0.1)
    return model


def load_inputs(seed=0):
    return {"image": torch.randn(1, 3, 7, 7, generator=torch.Generator().manual_seed(seed))}
