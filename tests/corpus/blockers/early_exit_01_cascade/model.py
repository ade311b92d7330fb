"""Cascade of classifiers over growing receptive fields. A confident stage answers, the others are not asked."""
import torch
from torch import nn


class Stage(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.conv = nn.Conv1d(channels, channels, 3, padding=1)
        self.head = nn.Linear(channels, classes)

    def forward(self, x):
        x = x + torch.relu(self.conv(x))
        return x, self.head(x.mean(-1))


class Cascade(nn.Module):
    def __init__(self, channels=5, classes=3, stages=3, sure=0.5):
        super().__init__()
        self.sure = sure
        self.stages = nn.ModuleList(Stage(channels, classes) for _ in range(stages))

    def forward(self, series):
        x = series
        logits = None
        for stage in self.stages:
            x, logits = stage(x)
            confidence = logits.softmax(-1).amax(-1)
            if bool((confidence > self.sure).all()):
                return logits
        return logits


def load_model():
    torch.manual_seed(73)
    return Cascade()


def load_inputs(seed=0):
    return {"series": 1.5 * torch.randn(2, 5, 12, generator=torch.Generator().manual_seed(seed))}
