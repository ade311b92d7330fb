"""Demand forecast whose seasonal correction is one of four small nets; the calendar says which."""
import torch
from torch import nn

SEASONS = ["winter", "spring", "summer", "autumn"]


def season_net(width):
    return nn.Sequential(nn.Linear(width, width), nn.Softsign())


class Forecast(nn.Module):
    def __init__(self, history=8, width=5):
        super().__init__()
        self.read = nn.Linear(history, width)
        for season in SEASONS:
            self.add_module(season, season_net(width))
        self.write = nn.Linear(width, 3)

    def forward(self, sales, month):
        state = torch.tanh(self.read(sales))
        season = SEASONS[month.item() % 12 // 3]
        correct = self.get_submodule(season)
        return self.write(state + correct(state))


def load_model():
    torch.manual_seed(167)
    return Forecast()


def load_inputs(seed=0):
    g = torch.Generator().manual_seed(seed)
    return {"sales": torch.rand(3, 8, generator=g), "month": torch.randint(0, 12, (1,), generator=g)}
