"""What tt-xla does to a captured program before StableHLO: what it keeps whole is marked, the rest decomposed its way.

Read from its passes and decompositions (python_package/tt_torch/backend, August 2026), written anew. Each function
imports what it needs, because their text is pasted into generated tests.
"""

from __future__ import annotations

def kept_operators():
    """Operators that become composites, which the compiler takes whole, by the composite's name."""
    import torch

    aten = torch.ops.aten
    return {
        aten.gelu.default: "tenstorrent.gelu",
        aten.rms_norm.default: "tenstorrent.rms_norm",
        aten.layer_norm.default: "tenstorrent.layer_norm",
        aten.native_layer_norm.default: "tenstorrent.layer_norm",
        aten.group_norm.default: "tenstorrent.group_norm",
        aten.topk.default: "tenstorrent.topk",
        aten.argmax.default: "tenstorrent.argmax",
        aten.gather.default: "tenstorrent.gather",
        aten.scaled_dot_product_attention.default: "tenstorrent.scaled_dot_product_attention",
    }


def is_kept(node):
    """Whether this call is one that tt-xla keeps: argmax over a named dimension, attention without dropout or a mask of
    booleans, and so on. The models it is given are in bfloat16, so the types of numbers decide nothing here."""
    import torch

    def argument(at, name):
        return node.args[at] if len(node.args) > at else node.kwargs.get(name)

    if node.target is torch.ops.aten.argmax.default:
        return argument(1, "dim") is not None
    if node.target is torch.ops.aten.scaled_dot_product_attention.default:
        mask = argument(3, "attn_mask")
        is_bool = mask is not None and mask.meta["val"].dtype == torch.bool
        return not is_bool and not argument(4, "dropout_p")
    return True


def mark_kept(program):
    """Adds a frame to the stack trace of each kept call, with its number as the line: what it is decomposed into carries
    the frame on (`tt/kept.py` reads it)."""
    kept = kept_operators()
    for number, node in enumerate(program.graph.nodes, 1):
        trace = node.meta.get("stack_trace") or ""
        if node.op == "call_function" and node.target in kept and is_kept(node) and '"<kept whole: ' not in trace:
            frame = f'  File "<kept whole: {kept[node.target]}>", line {number}, in composite\n    composite\n'
            node.meta["stack_trace"] = trace.rstrip("\n") + "\n" + frame if trace else frame
    return program


def clamp_slices(program):
    """Bounds before a dimension's begin become its begin, as the CPU reads them and XLA does not."""
    import torch

    for node in program.graph.nodes:
        if node.op == "call_function" and node.target is torch.ops.aten.slice.Tensor and len(node.args) > 2:
            size = node.args[0].meta["val"].shape[node.args[1]]
            bounds = [
                max(bound, -size) if isinstance(bound, int) and isinstance(size, int) and bound < 0 else bound
                for bound in node.args[2:4]
            ]
            node.args = (*node.args[:2], *bounds, *node.args[4:])
    return program


def without_assertions(program):
    """Leaves out what only checks types, which differ between the CPU's kernels and XLA's."""
    import torch

    for node in list(program.graph.nodes):
        if node.target is torch.ops.aten._assert_tensor_metadata.default:
            program.graph.erase_node(node)
    return program


def refuse_sizes_of_data(program):
    """Raises at the first call whose result has a size that follows from values: no module of fixed sizes holds it."""
    from torch.fx.experimental.symbolic_shapes import free_unbacked_symbols

    for node in program.graph.nodes:
        value = node.meta.get("val")
        tensors = [one for one in (value if isinstance(value, (tuple, list)) else [value]) if hasattr(one, "shape")]
        if any(free_unbacked_symbols(size) for tensor in tensors for size in tensor.shape):
            raise RuntimeError(
                f"data-dependent size: what {node.target} gives is as long as values say, which needs "
                f"stablehlo.set_dimension_size, and tt-mlir does not take that\nWhile executing %{node.name}"
            )
    return program


def upsampled(x, sizes, scales, align_corners):
    """`x` resized along its last dimensions, each by a matrix of weights: linear, or nearest where align_corners is None."""
    import torch

    for at, (size, scale) in enumerate(zip(sizes, scales)):
        dim = at - len(sizes)
        had = x.shape[dim]
        places = torch.arange(size, dtype=torch.float64, device=x.device)
        ratio = 1 / scale if scale else had / size
        if align_corners is None:
            source = torch.floor(places * ratio)
        elif align_corners:
            source = places * ((had - 1) / (size - 1) if size > 1 else 0.0)
        else:
            source = (places + 0.5) * ratio - 0.5
        source = torch.clamp(source, 0, had - 1)
        distance = torch.abs(source.unsqueeze(0) - torch.arange(had, dtype=torch.float64, device=x.device).unsqueeze(1))
        weights = torch.relu(1 - distance).to(x.dtype)
        x = torch.matmul(x.transpose(dim, -1), weights).transpose(dim, -1)
    return x


def scatter_by_mask(x, mask, source):
    """masked_scatter without sizes that depend on values: the n-th true place takes the n-th element of `source`."""
    import torch

    if source.numel() == 0:
        return x.clone()
    in_rows = x.dim() > 1 and mask.dim() > 0 and (mask.shape[-1] == 1 or mask.stride(-1) == 0)
    mask, x = torch.broadcast_tensors(mask, x)
    width = x.shape[-1] if in_rows and source.numel() % x.shape[-1] == 0 else 1
    mask = (mask[..., 0] if width > 1 else mask).reshape(-1)
    rows, given = x.reshape(-1, width), source.reshape(-1, width)
    index = torch.clamp(torch.cumsum(mask.to(torch.int32), 0) - 1, 0, given.shape[0] - 1)
    return torch.where(mask.unsqueeze(-1), given[index], rows).reshape(x.shape)


def histogram(x, bins=100, min=0, max=0):
    """histc as a sum of one-hot rows."""
    import torch

    low, high = (x.min(), x.max()) if min == max else (min, max)
    if min == max:
        single = (low == high).to(x.dtype)
        low, high = low - single, high + single
    x = x.flatten()
    index = torch.clamp(torch.floor((x - low) / (high - low) * bins).to(torch.int64), 0, bins - 1)
    counted = ((x >= low) & (x <= high)).to(x.dtype)
    return (torch.nn.functional.one_hot(index, bins).to(x.dtype) * counted.unsqueeze(-1)).sum(0)


def decompositions():
    """The table of tt-xla: core ATen without einsum, dot, sum and detach, and with its own forms of what follows."""
    import torch
    from torch._decomp.decompositions import upsample_compute_output_size

    aten, prims = torch.ops.aten, torch.ops.prims
    table = torch.export.default_decompositions()
    for operator in list(table):
        if operator.name().partition("::")[2].split(".")[0] in ("einsum", "dot", "sum", "detach"):
            del table[operator]

    def resized(linear, vector):
        def by_factors(x, size, *rest):
            align_corners, factors = rest if linear else (None, *rest)
            scales = list(factors) if size is None else [None] * len(size)
            return upsampled(x, upsample_compute_output_size(x.shape, size, factors), scales, align_corners)

        def by_size(x, size, *rest):
            align_corners, scales = (rest[0], rest[1:]) if linear else (None, rest)
            return upsampled(x, size, [*scales, *[None] * (len(size) - len(scales))], align_corners)

        return by_factors if vector else by_size

    for name, linear in {
        "upsample_nearest1d": False,
        "upsample_nearest2d": False,
        "upsample_nearest3d": False,
        "upsample_linear1d": True,
        "upsample_bilinear2d": True,
        "upsample_trilinear3d": True,
    }.items():
        operator = getattr(aten, name)
        table[operator.vec] = resized(linear, vector=True)
        table[operator.default] = resized(linear, vector=False)

    def mean_where_it_is_one(x, size):
        return x.mean(dim=[-2, -1], keepdim=True) if list(size) == [1, 1] else aten._adaptive_avg_pool2d(x, size)

    def mean_of_all(x, kernel, stride=(), padding=(0, 0), *_):
        whole = list(kernel) == list(x.shape[-2:]) and not any(padding)
        return x.mean(dim=[-2, -1], keepdim=True) if whole else NotImplemented

    def cumsum(x, dim, dtype=None):
        if x.dtype != torch.bool:
            return NotImplemented
        return torch.cumsum(x.to(torch.int32), dim, dtype=dtype or torch.int64)

    def sum_of_all(x, *, dtype=None):
        return torch.sum(x, dim=list(range(x.dim())), dtype=dtype) if x.dim() else NotImplemented

    def sum_over(x, dim=None, keepdim=False, *, dtype=None):  # torch_xla takes no dimensions for not reducing at all
        if dim or not x.dim():
            return NotImplemented
        return torch.sum(x, dim=list(range(x.dim())), keepdim=keepdim, dtype=dtype)

    def logical(function):
        def of_booleans(x, other):
            return function(x, other) if x.dtype == other.dtype == torch.bool else NotImplemented

        return of_booleans

    for operator, function in {
        aten.adaptive_avg_pool2d.default: mean_where_it_is_one,
        aten.avg_pool2d.default: mean_of_all,
        aten.bitwise_and.Tensor: logical(torch.logical_and),
        aten.bitwise_or.Tensor: logical(torch.logical_or),
        aten.cumsum.default: cumsum,
        aten.histc.default: histogram,
        aten.masked_scatter.default: scatter_by_mask,
        aten.sum.default: sum_of_all,
        aten.sum.dim_IntList: sum_over,
        prims.view_of.default: lambda x: x.reshape(x.shape),
    }.items():
        table[operator] = function
    return table


def front_end(program):
    program = refuse_sizes_of_data(clamp_slices(mark_kept(program)))
    return without_assertions(without_assertions(program).run_decompositions(decompositions()))


HELPERS = (
    kept_operators,
    is_kept,
    mark_kept,
    clamp_slices,
    without_assertions,
    refuse_sizes_of_data,
    upsampled,
    scatter_by_mask,
    histogram,
    decompositions,
    front_end,
)
