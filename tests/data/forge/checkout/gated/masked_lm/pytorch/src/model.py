import importlib.util

from torch import nn


class Net(nn.Module):
    # The checkout has a folder of this name; it must not stand in for an installed package, nor for an absent one.
    SHADOWED = importlib.util.find_spec("datasets")

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)

    def forward(self, x):
        return self.linear(x)
