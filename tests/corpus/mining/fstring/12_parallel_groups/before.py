import os
from datetime import timedelta
import torch
import torch.distributed as dist


class Topology(object):
    """World = data x pipe x tensor; the tensor axis varies fastest."""

    def __init__(self, world, tensor=1, pipe=1):
        if world % (tensor * pipe) != 0:
            raise RuntimeError(
                "world size ({}) is not divisible by tensor size ({}) x pipe size ({})".format(world, tensor, pipe)
            )
        self.world, self.tensor, self.pipe = world, tensor, pipe
        self.data = world // (tensor * pipe)

    def coords(self, rank):
        return rank // (self.tensor * self.pipe), rank // self.tensor % self.pipe, rank % self.tensor

    def name(self, rank):
        d, p, t = self.coords(rank)
        return "d%dp%dt%d" % (d, p, t)

    def groups(self, axis):
        if axis not in ("data", "pipe", "tensor"):
            raise ValueError("no axis %r" % axis)
        i = ("data", "pipe", "tensor").index(axis)
        out = {}
        for r in range(self.world):
            key = tuple(c for j, c in enumerate(self.coords(r)) if j != i)
            out.setdefault(key, []).append(r)
        return list(out.values())


def init(backend="gloo", minutes=10):
    rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    url = "tcp://%s:%s" % (os.environ["MASTER_ADDR"], os.environ["MASTER_PORT"])
    dist.init_process_group(backend, init_method=url, rank=rank, world_size=world, timeout=timedelta(minutes=minutes))
    if rank == 0:
        print("joined %d ranks over %s" % (world, backend))
    return rank


def split_rows(x, parts):
    n = x.shape[0]
    if n % parts:
        raise ValueError("{} rows, {} parts".format(n, parts))
    return x.chunk(parts)


class RankLogger:
    fmt = "[%s] %s"

    def __init__(self, name):
        self.name = name

    def __call__(self, text, *args):
        # printf style is the interface here
        print(self.fmt % (self.name, text % args))


def checkpoint(folder, rank, topo):
    return os.path.join(folder, "state_%s.pt" % topo.name(rank))


def all_mean(x):
    dist.all_reduce(x)
    return x / dist.get_world_size()
