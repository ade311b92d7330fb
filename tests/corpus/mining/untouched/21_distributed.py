import contextlib
import logging
import os

import torch
import torch.distributed as dist

logger = logging.getLogger("dist")


def rank():
    return dist.get_rank() if dist.is_initialized() else 0


def world():
    return dist.get_world_size() if dist.is_initialized() else 1


@contextlib.contextmanager
def group(backend="gloo"):
    dist.init_process_group(backend)
    logger.info("rank %d of %d", rank(), world())
    try:
        yield
    finally:
        dist.destroy_process_group()


def unwrap(model):
    return model.module if hasattr(model, "module") else model


def hidden_size(model):
    return unwrap(model).config.hidden_size


@torch.no_grad()
def mean(x):
    if world() == 1:
        return x
    x = x.clone()
    dist.all_reduce(x)
    return x.div_(world())


@torch.no_grad()
def gather(x):
    n = torch.tensor([len(x)], device=x.device)
    sizes = [torch.zeros_like(n) for _ in range(world())]
    dist.all_gather(sizes, n)
    most = max(int(s) for s in sizes)
    padded = torch.cat([x, x.new_zeros(most - len(x), *x.shape[1:])])
    parts = [torch.empty_like(padded) for _ in range(world())]
    dist.all_gather(parts, padded)
    return torch.cat([p[: int(s)] for p, s in zip(parts, sizes)])


def shard(items):
    return [x for i, x in enumerate(items) if i % world() == rank()]


def save(model, path):
    if rank() == 0:
        torch.save(unwrap(model).state_dict(), path)
    if dist.is_initialized():
        dist.barrier()


def address():
    host, port = os.environ.get("MASTER_ADDR", "localhost"), os.environ.get("MASTER_PORT", "29500")
    return f"tcp://{host}:{port}"


def clip_by_global_norm(params, limit):
    norm = torch.stack([p.grad.norm() for p in params if p.grad is not None]).norm()
    scale = (limit / (norm + 1e-6)).clamp(max=1.0)
    for p in params:
        if p.grad is not None:
            p.grad.mul_(scale)
    return norm
