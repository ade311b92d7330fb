import torch
import torch.nn as nn


def channel_shuffle(x, groups):
    n, c, h, w = x.size()
    x = x.view(n, groups, c // groups, h, w)
    x = torch.transpose(x, 1, 2)
    return x.view(n, c, h, w)


def depth_to_space(x, r):
    n, c, h, w = x.shape
    x = x.view(n, c // r**2, r, r, h, w)
    x = x.permute(0, 1, 4, 2, 5, 3)
    return x.view(n, c // r**2, h * r, w * r)


def space_to_depth(x, r):
    n, c, h, w = x.shape
    x = x.reshape(n, c, h // r, r, w // r, r)
    x = x.permute(0, 1, 3, 5, 2, 4)
    return x.flatten(1, 3)


class Unit(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.stride = stride
        branch = cout // 2
        if stride > 1:
            self.short = nn.Sequential(
                nn.Conv2d(cin, cin, 3, stride, 1, groups=cin, bias=False), nn.BatchNorm2d(cin),
                nn.Conv2d(cin, branch, 1, bias=False), nn.BatchNorm2d(branch), nn.ReLU(inplace=True),
            )
        left = cin if stride > 1 else branch
        self.main = nn.Sequential(
            nn.Conv2d(left, branch, 1, bias=False), nn.BatchNorm2d(branch), nn.ReLU(inplace=True),
            nn.Conv2d(branch, branch, 3, stride, 1, groups=branch, bias=False), nn.BatchNorm2d(branch),
            nn.Conv2d(branch, branch, 1, bias=False), nn.BatchNorm2d(branch), nn.ReLU(inplace=True),
        )

    def forward(self, x):
        if self.stride == 1:
            a, b = x.chunk(2, dim=1)
            out = torch.cat((a, self.main(b)), dim=1)
        else:
            out = torch.cat((self.short(x), self.main(x)), dim=1)
        return channel_shuffle(out, 2)


class ShuffleNet(nn.Module):
    def __init__(self, repeats=(4, 8, 4), widths=(24, 116, 232, 464), classes=1000):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(12, widths[0], 3, 1, 1), nn.ReLU())
        layers = []
        for n, a, b in zip(repeats, widths, widths[1:]):
            layers += [Unit(a, b, 2)] + [Unit(b, b, 1) for _ in range(n - 1)]
        self.body = nn.Sequential(*layers)
        self.fc = nn.Linear(widths[-1], classes)

    def forward(self, x):
        x = self.stem(space_to_depth(x, 2))
        return self.fc(self.body(x).mean((2, 3)))


def gram(x):
    n, c, h, w = x.shape
    f = x.view(n, c, h * w)
    ft = f.transpose(1, 2)
    return f @ ft / (c * h * w)
