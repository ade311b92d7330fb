import torch


def silog(pred, truth, lam=0.85):
    d = (pred + 1e-6).log() - (truth + 1e-6).log()
    var = d.pow(2).mean() - lam * d.mean() ** 2
    if var < 0:
        var = torch.zeros_like(var)
    return var.sqrt()


def scale_invariant(pred, truth, mask):
    n = mask.sum()
    diff = (pred - truth).abs() * mask
    total = diff.sum()
    if n > 0:
        total = total / n
    return total


def edge_aware(depth, image):
    dx, dy = depth.diff(dim=-1).abs(), depth.diff(dim=-2).abs()
    ix, iy = image.diff(dim=-1).abs().mean(1, True), image.diff(dim=-2).abs().mean(1, True)
    return (dx * (-ix).exp()).mean() + (dy * (-iy).exp()).mean()


class MultiTask(torch.nn.Module):
    def __init__(self, weights, balance=True):
        super().__init__()
        self.log_var = torch.nn.Parameter(torch.zeros(len(weights)))
        self.weights, self.balance = weights, balance

    def forward(self, losses):
        if len(losses) != len(self.weights):
            raise ValueError("losses")
        total = 0
        for i, (l, w) in enumerate(zip(losses, self.weights)):
            if self.balance:
                l = l * (-self.log_var[i]).exp() + self.log_var[i]
            total = total + w * l
        if torch.isnan(total):
            total = torch.zeros_like(total)
        return total


class Consistency(torch.nn.Module):
    def __init__(self, ramp=1000):
        super().__init__()
        self.ramp = ramp
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, a, b):
        self.seen = self.seen + 1
        gap = (a - b).pow(2).mean()
        if self.seen < self.ramp:
            weight = self.seen / self.ramp
        else:
            weight = torch.ones_like(self.seen)
        return weight * gap


def grad_norm(params):
    norms = [p.grad.norm() for p in params if p.grad is not None]
    if not norms:
        return torch.zeros(())
    return torch.stack(norms).norm()


def step_or_skip(optimizer, loss, limit=100.0):
    # an optimiser step cannot be selected
    if loss < limit:
        loss.backward()
        optimizer.step()
    optimizer.zero_grad()
