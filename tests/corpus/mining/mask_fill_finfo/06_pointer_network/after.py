import torch
from torch.nn import GRUCell, Linear, Module, Parameter


class Pointer(Module):
    def __init__(self, width, clip=10.0):
        super().__init__()
        self.wq = Linear(width, width, bias=False)
        self.wk = Linear(width, width, bias=False)
        self.v = Parameter(torch.randn(width))
        self.clip = clip

    def forward(self, query, keys, visited):
        u = torch.tanh(self.wq(query)[:, None] + self.wk(keys)) @ self.v
        u = self.clip * torch.tanh(u)
        return u.masked_fill(visited, torch.finfo(u.dtype).min)


class TourPolicy(Module):
    """Travelling salesman by attention; each city once."""

    def __init__(self, width=128):
        super().__init__()
        self.embed = Linear(2, width)
        self.cell = GRUCell(width, width)
        self.glimpse = Pointer(width)
        self.point = Pointer(width)
        self.first = Parameter(torch.zeros(width))

    def forward(self, cities, greedy=False):
        b, n, _ = cities.shape
        keys = self.embed(cities)
        state = keys.mean(1)
        visited = torch.zeros(b, n, dtype=torch.bool, device=cities.device)
        x = self.first.expand(b, -1)
        tour, logp = [], []
        for _ in range(n):
            state = self.cell(x, state)
            g = self.glimpse(state, keys, visited).softmax(-1)
            q = torch.einsum('bn,bnd->bd', g, keys)
            lp = self.point(q, keys, visited).log_softmax(-1)
            city = lp.argmax(-1) if greedy else torch.multinomial(lp.exp(), 1).squeeze(-1)
            tour.append(city)
            logp.append(lp.gather(-1, city[:, None]).squeeze(-1))
            visited = visited | torch.nn.functional.one_hot(city, n).bool()
            x = keys[torch.arange(b, device=city.device), city]
        return torch.stack(tour, 1), torch.stack(logp, 1).sum(1)


def length(cities, tour):
    path = cities.gather(1, tour[..., None].expand(-1, -1, 2))
    return (path - path.roll(-1, 1)).norm(dim=-1).sum(1)


def beam(policy, keys, state, width):
    b, n, d = keys.shape
    score = torch.full((b, width), float('-inf'), device=keys.device)
    score[:, 0] = 0
    visited = torch.zeros(b, width, n, dtype=torch.bool, device=keys.device)
    for _ in range(n):
        lp = policy.point(state, keys, visited[:, 0]).log_softmax(-1)
        total = score[:, :, None] + lp[:, None]
        total = total.masked_fill(visited, torch.finfo(total.dtype).min)
        score, idx = total.flatten(1).topk(width)
        visited = visited[torch.arange(b)[:, None], idx // n]
        visited.scatter_(2, (idx % n)[..., None], True)
    return score[:, 0]


def reinforce(logp, reward, baseline):
    return ((reward - baseline).detach() * logp).mean()
