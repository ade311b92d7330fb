import torch
from torch import nn


class DistinctRows(nn.Module):
    """Runs an expensive net over rows of which many are equal, such as one-hot residues; each is computed once."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, rows):
        kept = {}
        for row in rows:
            key = tuple(row.tolist())
            if key not in kept:
                kept[key] = self.net(row)
        return torch.stack([kept[tuple(row.tolist())] for row in rows])


class ProteinScorer(nn.Module):
    def __init__(self, residues=6, width=8):
        super().__init__()
        net = nn.Sequential(nn.Linear(residues, width), nn.Tanh(), nn.Linear(width, width))
        self.encode = DistinctRows(net)
        self.position = nn.Parameter(torch.randn(10, width) * 0.3)
        self.score = nn.Linear(width, 2)

    def forward(self, chain):
        h = self.encode(chain.flatten(0, 1)).unflatten(0, chain.shape[:2])
        return self.score(torch.tanh(h + self.position[: chain.shape[1]]).mean(1))


def load_model():
    torch.manual_seed(7)
    return ProteinScorer()


def load_inputs(seed=0):
    g = torch.Generator().manual_seed(seed)
    return {"chain": torch.eye(6)[torch.randint(0, 6, (2, 9), generator=g)]}
