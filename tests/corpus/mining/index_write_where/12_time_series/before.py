from dataclasses import dataclass
from typing import Dict

import torch
from torch import nn, Tensor


@dataclass
class Scaler:
    eps: float = 1e-5

    def __call__(self, x: Tensor, observed: Tensor):
        n = observed.sum(-1, keepdim=True)
        total = (x.abs() * observed).sum(-1, keepdim=True)
        scale = total / n.clamp(min=1)
        default = total.sum(0, keepdim=True) / n.sum(0, keepdim=True).clamp(min=1)
        missing = n == 0
        default = default.expand_as(scale)
        scale[missing] = default[missing]
        return x / scale.clamp(min=self.eps), scale


class Forecaster(nn.Module):
    def __init__(self, context: int, horizon: int, width: int = 64, lags=(1, 7, 28)):
        super().__init__()
        self.scaler = Scaler()
        self.context, self.horizon, self.lags = context, horizon, lags
        self.net = nn.LSTM(len(lags) + 1, width, batch_first=True)
        self.out = nn.Linear(width, 3)

    def lagged(self, x: Tensor) -> Tensor:
        cols = torch.zeros(*x.shape, len(self.lags), dtype=x.dtype, device=x.device)
        for i, lag in enumerate(self.lags):
            cols[:, lag:, i] = x[:, :-lag]
        return cols

    def forward(self, past: Tensor, observed: Tensor) -> Dict[str, Tensor]:
        nan = torch.isnan(past)
        past[nan] = 0.0
        observed = observed & ~nan
        x, scale = self.scaler(past, observed)
        h, _ = self.net(torch.cat([x[..., None], self.lagged(x)], dim=-1))
        loc, spread, df = self.out(h).unbind(-1)
        spread = nn.functional.softplus(spread)
        spread[~observed] = 1.0
        return {"loc": loc * scale, "scale": spread * scale, "df": 2 + nn.functional.softplus(df)}

    def loss(self, past: Tensor, observed: Tensor) -> Tensor:
        p = self(past, observed)
        nll = -torch.distributions.StudentT(p["df"], p["loc"], p["scale"]).log_prob(past)
        nll[~observed] = 0.0
        return nll.sum() / observed.sum().clamp(min=1)


class Store(dict):
    def append(self, key: str, value: Tensor) -> None:
        self[key] = torch.cat([self[key], value]) if key in self else value


def backtest(model: Forecaster, series: Tensor, step: int) -> Store:
    store = Store()
    for s in range(0, series.shape[1] - model.context - model.horizon, step):
        window = series[:, s : s + model.context]
        out = model(window, ~torch.isnan(window))
        store.append("loc", out["loc"][:, -1:])
        store["last"] = window[:, -1]
    return store
