from functools import partial
from typing import Callable, Optional

import torch
import torch.nn.functional as F
import torchvision.transforms.functional as TF
from torch import nn, Tensor


def conv3x3(c_in: int, c_out: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(c_in, c_out, 3, stride=stride, padding=1, bias=False)


class BasicUnit(nn.Module):
    expansion: int = 1

    def __init__(self, c_in: int, c_out: int, stride: int = 1, shortcut: Optional[nn.Module] = None,
                 act: Callable[..., Tensor] = F.relu):
        super().__init__()
        self.conv1, self.bn1 = conv3x3(c_in, c_out, stride), nn.BatchNorm2d(c_out)
        self.conv2, self.bn2 = conv3x3(c_out, c_out), nn.BatchNorm2d(c_out)
        self.shortcut = shortcut
        self.act = act

    def forward(self, x: Tensor) -> Tensor:
        y = self.act(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.shortcut is not None:
            x = self.shortcut(x)
        return F.relu(x + y, inplace=True)


class Stem(nn.Module):
    def __init__(self, width: int = 32, pool: str = 'max'):
        super().__init__()
        self.conv = nn.Conv2d(3, width, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn = nn.BatchNorm2d(width)
        # chosen once, so that scripting sees one callable
        if pool == 'max':
            self.pool = partial(F.max_pool2d, kernel_size=3, stride=2, padding=1)
        elif pool == 'avg':
            self.pool = partial(F.avg_pool2d, kernel_size=2)
        else:
            raise ValueError(f'pool {pool!r}')

    def forward(self, image: Tensor) -> Tensor:
        return self.pool(F.relu(self.bn(self.conv(image))))


class SmallResNet(nn.Module):
    def __init__(self, classes: int, width: int = 32):
        super().__init__()
        self.stem = Stem(width)
        down = nn.Sequential(nn.Conv2d(width, 2 * width, 1, 2, bias=False), nn.BatchNorm2d(2 * width))
        self.stages = nn.Sequential(BasicUnit(width, width), BasicUnit(width, 2 * width, 2, down))
        self.fc = nn.Linear(2 * width, classes)

    def forward(self, image: Tensor) -> Tensor:
        x = self.stages(self.stem(image))
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return self.fc(x)


@torch.no_grad()
def predict(model: SmallResNet, picture, size: int = 224):
    picture = TF.resize(picture, [size, size])
    batch = TF.to_tensor(picture)[None]
    return F.softmax(model(batch), dim=-1)[0]
