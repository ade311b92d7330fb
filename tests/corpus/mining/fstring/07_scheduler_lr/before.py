"""Learning-rate schedules as plain functions of the step."""
import math
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


class WarmupCosine(LambdaLR):
    def __init__(self, optimizer: Optimizer, warmup: int, total: int, floor: float = 0.0):
        if warmup > total:
            raise ValueError("warm-up of {} steps is longer than the run of {}".format(warmup, total))
        if not 0 <= floor <= 1:
            raise ValueError("floor {} is no fraction".format(floor))
        self.warmup, self.total, self.floor = warmup, total, floor
        super().__init__(optimizer, self.factor)

    def factor(self, step: int) -> float:
        if step < self.warmup:
            return step / max(1, self.warmup)
        t = (step - self.warmup) / max(1, self.total - self.warmup)
        return self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * min(t, 1)))

    def __str__(self):
        return "{}(warmup={}, total={}, floor={:.2g})".format(
            type(self).__name__, self.warmup, self.total, self.floor
        )


class Cyclic(LambdaLR):
    def __init__(self, optimizer, period, gamma=0.5):
        self.period, self.gamma = period, gamma
        super().__init__(optimizer, self.factor)

    def factor(self, step):
        phase = (step % self.period) / self.period
        return self.gamma ** (step // self.period) * (1 - phase)


SCHEDULES = {"cosine": WarmupCosine, "cyclic": Cyclic}


def build(name, optimizer, **kw):
    if name not in SCHEDULES:
        raise KeyError('unknown schedule {}, use one of {}'.format(name, sorted(SCHEDULES)))
    return SCHEDULES[name](optimizer, **kw)


def group(params, decay, skip=("bias", "norm")):
    with_decay, without = [], []
    for name, p in params:
        (without if any(s in name for s in skip) else with_decay).append(p)
    print('{} tensors with decay, {} without'.format(len(with_decay), len(without)))
    return [{"params": with_decay, "weight_decay": decay}, {"params": without, "weight_decay": 0.0}]


def table(schedule, steps, row="{:>8} {:.6f}"):
    return "\n".join(row.format(s, schedule.factor(s)) for s in steps)


def should_save(step, every):
    return step > 0 and not step % every


def eta(done, total, seconds):
    left = seconds / max(done, 1) * (total - done)
    return '%02d:%02d' % (left // 60, left % 60)
