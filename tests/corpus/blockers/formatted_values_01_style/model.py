"""Style mixer: how bright the picture is, told as text with one decimal, names the branch that paints it."""
import torch
from torch import nn


class StyleMixer(nn.Module):
    NAMES = ("0.3", "0.4", "0.5", "0.6", "0.7")

    def __init__(self, channels=3, width=4):
        super().__init__()
        self.encode = nn.Conv2d(channels, width, 3, padding=1)
        self.styles = nn.ModuleDict({name.replace(".", "_"): nn.Conv2d(width, width, 1) for name in self.NAMES})
        self.decode = nn.Conv2d(width, channels, 3, padding=1)

    def forward(self, picture):
        level = picture.mean().clamp(0.3, 0.7)
        name = f"{level:.1f}".replace(".", "_")
        h = torch.tanh(self.encode(picture))
        return self.decode(h + self.styles[name](h))


def load_model():
    torch.manual_seed(121)
    return StyleMixer()


def load_inputs(seed=0):
    g = torch.Generator().manual_seed(seed)
    return {"picture": torch.rand(2, 3, 6, 6, generator=g) * (0.6 + 0.8 * torch.rand((), generator=g))}
