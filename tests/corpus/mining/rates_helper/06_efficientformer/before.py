import torch
from torch import nn
from layers import DropPath, LayerScale, LayerScale2d
from registry import register

DEPTHS = {"l1": (3, 2, 6, 4), "l3": (4, 4, 12, 6)}
WIDTHS = {"l1": (48, 96, 224, 448), "l3": (64, 128, 320, 512)}


class Pool(nn.Module):
    def __init__(self, size=3):
        super().__init__()
        self.pool = nn.AvgPool2d(size, stride=1, padding=size // 2, count_include_pad=False)

    def forward(self, x):
        return self.pool(x) - x


class MetaBlock2d(nn.Module):
    def __init__(self, dim, drop_path):
        super().__init__()
        self.mixer = Pool()
        self.ls1, self.ls2 = LayerScale2d(dim), LayerScale2d(dim)
        self.mlp = nn.Sequential(nn.Conv2d(dim, 4 * dim, 1), nn.BatchNorm2d(4 * dim), nn.GELU(), nn.Conv2d(4 * dim, dim, 1))
        self.drop_path = DropPath(drop_path) if drop_path > 0 else nn.Identity()

    def forward(self, x):
        x = x + self.drop_path(self.ls1(self.mixer(x)))
        return x + self.drop_path(self.ls2(self.mlp(x)))


class Stage(nn.Module):
    def __init__(self, cin, cout, depth, downsample, drop_path):
        super().__init__()
        self.down = nn.Conv2d(cin, cout, 3, 2, 1) if downsample else nn.Identity()
        self.blocks = nn.Sequential(*[MetaBlock2d(cout, drop_path[i]) for i in range(depth)])

    def forward(self, x):
        return self.blocks(self.down(x))


class EfficientFormer(nn.Module):
    def __init__(self, depths, widths, drop_path_rate=0.0, classes=1000, distilled=True):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, widths[0] // 2, 3, 2, 1), nn.ReLU(), nn.Conv2d(widths[0] // 2, widths[0], 3, 2, 1), nn.ReLU())
        dpr = [
            x.tolist()
            for x in torch.linspace(0, drop_path_rate, sum(depths)).split(depths)
        ]
        prev, stages = widths[0], []
        for i in range(len(depths)):
            stages.append(Stage(prev, widths[i], depths[i], downsample=i > 0, drop_path=dpr[i]))
            prev = widths[i]
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(prev, classes)
        self.head_dist = nn.Linear(prev, classes) if distilled else None

    def forward(self, x):
        x = self.stages(self.stem(x)).mean((-2, -1))
        if self.head_dist is None:
            return self.head(x)
        return (self.head(x) + self.head_dist(x)) / 2


@register
def efficientformer_l1(**kw):
    return EfficientFormer(DEPTHS["l1"], WIDTHS["l1"], **kw)


@register
def efficientformer_l3(**kw):
    return EfficientFormer(DEPTHS["l3"], WIDTHS["l3"], **kw)


def param_groups(model, base, decay):
    n = sum(DEPTHS["l1"])
    scale = [decay ** x.item() for x in torch.arange(n, -1, -1)]
    return [{"params": [p], "lr": base * s} for p, s in zip(model.parameters(), scale)]
