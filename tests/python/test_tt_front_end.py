"""What tt-xla's front end makes of a captured program computes the same, and marks what the compiler takes whole."""

from __future__ import annotations

from typing import Callable

import pytest
import torch
from torch.nn import functional as F

from adapt_harness.backends.xla import refuse_custom_operators
from adapt_harness.graph import places
from adapt_harness.stablehlo.text import read
from adapt_harness.tt import kept, legality
from adapt_harness.tt.front_end import front_end

X = torch.randn(1, 3, 8, 10, generator=torch.Generator().manual_seed(0))
MASK = X[0, 0] > 0.3  # 8 x 10
ROWS = X[0, 0, :, :1] > 0.3  # 8 x 1


class Calls(torch.nn.Module):
    def __init__(self, function: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        return self.function(*tensors)


def transformed(function: Callable[..., torch.Tensor], *tensors: torch.Tensor) -> torch.export.ExportedProgram:
    return front_end(torch.export.export(Calls(function), tensors))


def operators(program: torch.export.ExportedProgram) -> set[str]:
    return {str(node.target).split(".")[1] for node in program.graph.nodes if node.op == "call_function"}


RESIZED: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "bilinear by a factor": lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"),
    "bilinear by an uneven factor": lambda x: F.interpolate(x, scale_factor=(1.7, 0.6), mode="bilinear"),
    "bilinear by a factor that is computed anew": lambda x: F.interpolate(
        x, scale_factor=1.7, mode="bilinear", recompute_scale_factor=True
    ),
    "bilinear to a size": lambda x: F.interpolate(x, size=(5, 17), mode="bilinear"),
    "bilinear, corners aligned": lambda x: F.interpolate(x, size=(13, 17), mode="bilinear", align_corners=True),
    "bilinear to one pixel, corners aligned": lambda x: F.interpolate(x, size=(1, 1), mode="bilinear", align_corners=True),
    "nearest to a size": lambda x: F.interpolate(x, size=(5, 17), mode="nearest"),
    "nearest by an uneven factor": lambda x: F.interpolate(x, scale_factor=1.7, mode="nearest"),
    "linear": lambda x: F.interpolate(x[0], scale_factor=2, mode="linear"),
    "trilinear": lambda x: F.interpolate(x.unsqueeze(2), size=(3, 4, 7), mode="trilinear"),
}


@pytest.mark.parametrize("name", RESIZED)
def test_images_are_resized_by_matrices_and_not_by_gathering(name: str):
    program = transformed(RESIZED[name], X)
    torch.testing.assert_close(program.module()(X), RESIZED[name](X), rtol=1e-5, atol=1e-5)
    assert not operators(program) & {"index", "gather", "_unsafe_index", "upsample_bilinear2d", "upsample_nearest2d"}


@pytest.mark.parametrize("mask", [MASK, ROWS, ROWS.expand(8, 10), torch.zeros(8, 10, dtype=torch.bool), torch.ones(10) > 0])
def test_elements_are_scattered_by_a_mask_in_the_order_of_its_true_places(mask: torch.Tensor):
    def scattered(x, mask, source):
        return x.masked_scatter(mask, source)

    source = torch.arange(100, dtype=torch.float32)
    program = transformed(scattered, X[0, 0], mask, source)
    assert torch.equal(program.module()(X[0, 0], mask, source), scattered(X[0, 0], mask, source))
    assert "masked_scatter" not in operators(program)


@pytest.mark.parametrize("limits", [(), (-1.0, 1.0), (0.0, 0.5)])
def test_values_are_counted_in_bins(limits: tuple[float, ...]):
    program = transformed(lambda x: torch.histc(x, 10, *limits), X)
    assert torch.equal(program.module()(X), torch.histc(X, 10, *limits))
    assert "histc" not in operators(program)


OTHERS: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], str]] = {
    "a slice from before the begin": (lambda x: x[:, :, -1023:] + 1, ""),
    "a slice to before the begin": (lambda x: x[:, :, : -3] + 1, ""),
    "the mean of whole images": (lambda x: F.adaptive_avg_pool2d(x, 1), "_adaptive_avg_pool2d"),
    "the mean of parts": (lambda x: F.adaptive_avg_pool2d(x, (4, 5)), ""),
    "windows as large as the image": (lambda x: F.avg_pool2d(x, (8, 10)), "avg_pool2d"),
    "smaller windows": (lambda x: F.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False), ""),
    "a running count": (lambda x: (x > 0).cumsum(-1), ""),
    "a running sum": (lambda x: x.cumsum(-1), ""),
    "the sum of all": (lambda x: x + x.sum(), ""),
    "the sum of all, dimensions kept": (lambda x: x + torch.sum(x, dim=(), keepdim=True), ""),
    "the sum of a number": (lambda x: x + x.sum().sum(), ""),
    "and of booleans": (lambda x: (x > 0) & (x < 1), "bitwise_and"),
    "and of integers": (lambda x: x.to(torch.int32) & 3, ""),
    "or of booleans": (lambda x: (x > 1) | (x < 0), "bitwise_or"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_else_is_written_anew_computes_the_same(name: str):
    function, gone = OTHERS[name]
    program = transformed(function, X)
    torch.testing.assert_close(program.module()(X), function(X), rtol=1e-6, atol=1e-6)
    assert gone not in operators(program)


@pytest.mark.parametrize("function", [torch.nonzero, lambda x: x[x > 0].sum(), lambda x: torch.unique(x.to(torch.int32)) + 1])
def test_a_size_that_follows_from_values_is_refused_at_the_call_that_makes_it(function: Callable[[torch.Tensor], torch.Tensor]):
    with pytest.raises(RuntimeError, match=r"^data-dependent size: what aten\.\S+ gives is .*\nWhile executing %\w+$"):
        transformed(function, X)


def test_an_operator_of_a_library_is_refused_because_what_it_reads_would_become_a_constant():
    @torch.library.custom_op("adapt_test::scaled", mutates_args=())
    def scaled(x: torch.Tensor) -> torch.Tensor:
        return x * x.max().item()

    scaled.register_fake(torch.empty_like)
    program = torch.export.export(Calls(lambda x: scaled(x + 1)), (X,))
    with pytest.raises(RuntimeError, match=r"^Unsupported operator 'adapt_test\.scaled\.default': .*\nWhile executing %scaled$"):
        refuse_custom_operators(program)
    program = torch.export.export(Calls(lambda x: x + 1), (X,))
    assert refuse_custom_operators(program) is program


def marks(program: torch.export.ExportedProgram) -> set[str | None]:
    return {kept.composite(frame) for node in program.graph.nodes for frame in places(node.meta.get("stack_trace"))} - {None}


KEPT: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "gelu": F.gelu,
    "rms_norm": lambda x: F.rms_norm(x, (10,)),
    "layer_norm": lambda x: F.layer_norm(x, (10,)),
    "group_norm": lambda x: F.group_norm(x, 3),
    "topk": lambda x: torch.topk(x, 3)[0],
    "argmax": lambda x: torch.argmax(x, -1),
    "gather": lambda x: torch.gather(x, 2, (x > 0).long()),
    "scaled_dot_product_attention": lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_call_that_becomes_a_composite_is_marked_in_all_that_it_is_decomposed_into(name: str):
    program = transformed(KEPT[name], X)
    assert marks(program) == {f"tenstorrent.{name}"}
    torch.testing.assert_close(program.module()(X), KEPT[name](X), rtol=1e-5, atol=1e-5)
    marked = [n for n in program.graph.nodes if "<kept whole: " in (n.meta.get("stack_trace") or "")]
    assert {node.op for node in marked} == {"call_function"}


@pytest.mark.parametrize(
    "function",
    [
        lambda x: torch.argmax(x),
        lambda x: F.scaled_dot_product_attention(x, x, x, attn_mask=torch.ones(8, 8, dtype=torch.bool)),
        lambda x: F.softmax(x, -1),
    ],
)
def test_a_call_that_tt_xla_does_not_keep_is_not_marked(function: Callable[[torch.Tensor], torch.Tensor]):
    assert marks(transformed(function, X)) == set()


def test_marking_twice_leaves_one_mark():
    program = torch.export.export(Calls(F.gelu), (X,))
    front_end(program)
    again = front_end(program)
    assert {(node.meta.get("stack_trace") or "").count("<kept whole: ") for node in again.graph.nodes} == {0, 1}


def test_an_operation_of_a_composite_is_not_held_against_the_module():
    metadata = '{\\\\22stack_trace\\\\22: \\\\22  File \\\\5C\\\\22<kept whole: tenstorrent.topk>\\\\5C\\\\22, line 7, in composite\\\\22}'
    location = f'loc("{metadata}")'.replace("\\\\", "\\")
    line = "%0 = stablehlo.round_nearest_even %a : tensor<2xf32>"
    operations = read(f"{line} {location}\n{line}\n")
    assert [finding.operation.line for finding in legality.findings(operations)] == [2]
    assert kept.calls(operations) == {"tenstorrent.topk": 1}
