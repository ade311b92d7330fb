from __future__ import print_function
import time, sys
import torch


class Meter(object):
    def __init__(self, name):
        self.name = name
        self.reset()

    def reset(self):
        self.total, self.count = 0.0, 0

    def update(self, value, n=1):
        self.total += value * n
        self.count += n

    @property
    def mean(self):
        return self.total / max(self.count, 1)

    def __str__(self):
        return f"{self.name} {self.mean:.4f}"


class Trainer(object):
    def __init__(self, model, optimizer, loader, log_every=50, out=sys.stderr):
        self.model, self.optimizer, self.loader = model, optimizer, loader
        self.log_every, self.out = log_every, out

    def run_epoch(self, epoch):
        loss_meter, time_meter = Meter("loss"), Meter("s/it")
        start = time.time()
        for step, (x, y) in enumerate(self.loader):
            loss = torch.nn.functional.cross_entropy(self.model(x), y)
            if not torch.isfinite(loss):
                raise FloatingPointError(f"loss is {loss} at step {step}")
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            loss_meter.update(loss.item(), len(x))
            time_meter.update(time.time() - start)
            start = time.time()
            if step % self.log_every == 0:
                print(f"epoch {epoch} step {step}: {loss_meter}, {time_meter}", file=self.out)
        return loss_meter.mean

    def fit(self, epochs):
        best = float("inf")
        for epoch in range(epochs):
            value = self.run_epoch(epoch)
            if value < best:
                best = value
                torch.save(self.model.state_dict(), f"best_{epoch}.pt")
            print(f"epoch {epoch} done, mean {value:.3f}, best {best:.3f}", file=self.out)
        return best


def wrap_angle(a, full=360):
    return (a + full / 2) % full - full / 2


def usage():
    # a literal per cent sign, no formatting
    print("keeps the best 10% of the runs")
