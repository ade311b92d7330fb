"""Rungs that several ladders share. Order is cheapest first: what costs the claim nothing comes before what does."""

from __future__ import annotations

from adapt_harness.backends.base import Option

SKIP_TORCH_CHECK = Option(
    "no-torch-check",
    "env",
    {"TRANSFORMERS_DISABLE_TORCH_CHECK": "1"},
    "leaves the library's own input validation out of the graph, with the variable it offers for production",
    concession="invalid inputs are no longer refused by the library's check",
    when={"message": r"_is_all_true|sym_ite|sym_not|_assert|is_all_true"},
)
BATCHED_EXPERTS = Option(
    "batched-experts",
    "load",
    {"experts_implementation": "batched_mm"},
    "computes the mixture of experts with the library's batched matrix product instead of the grouped one",
    when={"message": r"grouped_mm|histc|expert|nonzero"},
)
EAGER_ATTENTION = Option(
    "eager-attention",
    "load",
    {"attn_implementation": "eager"},
    "computes attention with plain operators instead of the fused one",
    when={"message": r"scaled_dot_product|sdpa_attention|flex_attention"},
)
STRICT_EXPORT = Option(
    "strict-export",
    "capture",
    {"strict": True},
    "captures through bytecode analysis instead of running the Python",
    when={"stage": ["capture"]},
)
BITWISE = Option(
    "decompose-bitwise",
    "capture",
    {"decompose": "bitwise"},
    "writes Python's &, | and ^ on tensors as the bitwise operators they mean",
    when={"stage": ["lower", "compile"], "message": r"__and__|__or__|__xor__|vtensor\.literal"},
)
DECOMPOSE_CORE = Option(
    "decompose-core",
    "capture",
    {"decompose": "core"},
    "decomposes the captured graph into core ATen before conversion; among others fused attention, whose fully masked "
    "rows backends answer differently",
    when={"stage": ["lower", "compile", "run", "compare"]},
)
FIXED_BUFFERS = Option(
    "fixed-buffers",
    "capture",
    {"fixed_buffers": True},
    "lets the tracer compute with the values of small buffers, which hold strides, paddings and switches",
    when={"class": ["data-dependent"]},
)
FIXED_SIZES = Option(
    "fixed-sizes",
    "capture",
    {"fixed_sizes": True},
    "makes integer inputs that carry sizes or grids constants of the graph",
    concession="compiled for these sizes only; other sizes need another build",
    when={"class": ["data-dependent"]},
)
# What any backend fed from torch.export may try.
COMMON: tuple[Option, ...] = (BATCHED_EXPERTS, FIXED_BUFFERS, FIXED_SIZES, STRICT_EXPORT, EAGER_ATTENTION)
# What a converter that has its own table of operators may try.
CONVERTER: tuple[Option, ...] = (SKIP_TORCH_CHECK, BITWISE, DECOMPOSE_CORE, *COMMON)
