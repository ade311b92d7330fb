import statistics
import time

import torch


def timed(fn, *args, rounds=20, warm=3):
    for _ in range(warm):
        fn(*args)
    out = []
    for _ in range(rounds):
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        start = time.perf_counter()
        fn(*args)
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        out.append(time.perf_counter() - start)
    return statistics.median(out)


def plain(q, k, v):
    return torch.softmax(q @ k.mT / q.shape[-1] ** 0.5, dim=-1) @ v


def chunked(q, k, v, size=64):
    return torch.cat([plain(c, k, v) for c in q.split(size, dim=-2)], dim=-2)


def fused(q, k, v):
    return torch.nn.functional.scaled_dot_product_attention(q, k, v)


class Case:
    def __init__(self, b, h, n, d, dtype=torch.float32, device="cpu"):
        g = torch.Generator(device=device).manual_seed(0)
        shape = (b, h, n, d)
        self.args = tuple(torch.randn(shape, generator=g, device=device, dtype=dtype) for _ in range(3))
        self.name = "x".join(map(str, shape))

    @torch.inference_mode()
    def run(self, fns):
        reference = fns["plain"](*self.args)
        rows = {}
        for name, fn in fns.items():
            error = (fn(*self.args) - reference).abs().max().item()
            rows[name] = (timed(fn, *self.args), error)
        return rows


def main():
    fns = {"plain": plain, "chunked": chunked, "fused": fused}
    sizes = [s.item() for s in torch.logspace(6, 9, 4, base=2).long()]
    for n in sizes:
        case = Case(1, 4, n, 32)
        rows = case.run(fns)
        base = rows["plain"][0]
        for name, (seconds, error) in rows.items():
            print(f"{case.name:>16} {name:<8} {seconds * 1e3:8.2f} ms {base / seconds:5.1f}x {error:.1e}")


if __name__ == "__main__":
    main()
