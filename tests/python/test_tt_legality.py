"""What tt-mlir would refuse in a StableHLO module, run on the host, or compute in another type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapt_harness.stablehlo.text import Tensor, arguments_of, read
from adapt_harness.tt import legality, memory, report


def found(text: str) -> list[tuple[str, str, str]]:
    return [(finding.kind, finding.op.split(".")[1], finding.why) for finding in legality.findings(read(text))]


def windows(body: str, shape: str = "2x4", attributes: str = "") -> str:
    return (
        f'%0 = "stablehlo.reduce_window"(%a, %b) <{{{attributes}padding = dense<0> : tensor<2x2xi64>}}> ({{\n'
        f"^bb0(%c: tensor<f32>, %d: tensor<f32>):\n{body}\nstablehlo.return %1 : tensor<f32>\n"
        f"}}) : (tensor<{shape}xf32>, tensor<f32>) -> tensor<{shape}xf32>\n"
    )


def computes(name: str) -> str:
    return f"%1 = stablehlo.{name} %c, %d : tensor<f32>"


CONSTANT = "%z = stablehlo.constant dense<0.0> : tensor<f32>\n"
PAD = "%0 = stablehlo.pad %a, {}, low = [0, 1], high = [0, 1], interior = [0, 0] : (tensor<2x2xf32>, tensor<f32>) -> tensor<2x4xf32>\n"
CONV = (
    "%0 = stablehlo.convolution(%a, %b) dim_numbers = [b, f, 0, 1, 2]x[o, i, 0, 1, 2]->[b, f, 0, 1, 2], window = {{stride = "
    "[1, 1, 1], pad = {}, lhs_dilate = [1, 1, 1], rhs_dilate = {}, reverse = [false, false, false]}} {{batch_group_count = 1 : "
    "i64, feature_group_count = {} : i64}} : (tensor<1x2x4x4x4xf32>, tensor<2x2x3x3x3xf32>) -> tensor<1x2x4x4x4xf32>\n"
)
SAME = "[[1, 1], [1, 1], [1, 1]]"


@pytest.mark.parametrize(
    "text",
    [
        "%0 = stablehlo.add %a, %b : tensor<2x4xbf16>\n",
        windows(computes("add")),
        windows(computes("maximum"), "1x2x3x4x5"),
        "%0 = stablehlo.reduce(%a init: %z) applies stablehlo.maximum across dimensions = [1] : (tensor<2x4xf32>, tensor<f32>) -> tensor<2xf32>\n",
        "%0 = stablehlo.reduce(%a init: %z) applies stablehlo.or across dimensions = [1] : (tensor<2x4xi1>, tensor<i1>) -> tensor<2xi1>\n",
        CONSTANT + PAD.format("%z"),
        CONSTANT + "%y = stablehlo.convert %z : (tensor<f32>) -> tensor<f32>\n" + PAD.format("%y"),
        CONV.format(SAME, "[1, 1, 1]", 1),
        "%0 = stablehlo.custom_call @mhlo.erf(%a) : (tensor<2xf32>) -> tensor<2xf32>\n",
        '%0 = "stablehlo.custom_call"(%a) <{call_target_name = "tt.sampling"}> : (tensor<2xf32>) -> tensor<2xf32>\n',
        "%0 = stablehlo.complex %a, %b : tensor<2xcomplex<f32>>\n",
    ],
)
def test_what_the_compiler_converts_is_no_finding(text: str):
    assert found(text) == []


@pytest.mark.parametrize(
    "text, op, why",
    [
        ("%0 = stablehlo.round_nearest_even %a : tensor<2xf32>\n", "round_nearest_even", "rounding to even has no pattern; away from zero has"),
        ("%0 = stablehlo.never_heard_of %a : tensor<2xf32>\n", "never_heard_of", "it is not in the table"),
        ("%0 = stablehlo.add %a, %b : tensor<?x4xf32>\n", "add", "a size is known only at run time"),
        ("%0 = stablehlo.add %a, %b : tensor<4xf8E4M3FN>\n", "add", "there is no type f8E4M3FN on the device"),
        ("%0 = mhlo.topk %a : tensor<4xf32>\n", "topk", "the dialect mhlo is not taken"),
        (windows(computes("minimum")), "reduce_window", "windows are reduced by minimum; one of add, maximum, multiply is taken"),
        (windows(computes("add"), "1x2x3x4x5"), "reduce_window", "windows over 5 dimensions by add"),
        (windows(computes("add"), attributes="base_dilations = array<i64: 1, 2>, "), "reduce_window", "the base is dilated"),
        (
            "%0 = stablehlo.reduce(%a init: %z) applies stablehlo.xor across dimensions = [1] : (tensor<2x4xi32>, tensor<i32>) -> tensor<2xi32>\n",
            "reduce",
            "reduces by xor; one of add, maximum, minimum, multiply, and, or is taken",
        ),
        (
            "%0 = stablehlo.reduce(%a init: %z) applies stablehlo.and across dimensions = [1] : (tensor<2x4xi32>, tensor<i32>) -> tensor<2xi32>\n",
            "reduce",
            "reduces numbers by and, which is for booleans",
        ),
        (PAD.format("%arg1"), "pad", "the value that fills is not a constant"),
        (CONV.format(SAME, "[1, 1, 1]", 2), "convolution", "a convolution over three dimensions in 2 groups"),
        (CONV.format(SAME, "[1, 2, 1]", 1), "convolution", "a convolution over three dimensions with dilation"),
        (
            CONV.format("[[1, 1], [1, 0], [1, 1]]", "[1, 1, 1]", 1),
            "convolution",
            "a convolution over three dimensions that pads two sides differently",
        ),
        ("%0 = stablehlo.custom_call @my_kernel(%a) : (tensor<2xf32>) -> tensor<2xf32>\n", "custom_call", "no such call is known: my_kernel"),
        (
            "%0 = stablehlo.rng %a, %b, %c, distribution = NORMAL : (tensor<f32>, tensor<f32>, tensor<1xi64>) -> tensor<2xf32>\n",
            "rng",
            "only uniform random numbers are taken",
        ),
    ],
)
def test_what_the_compiler_refuses_is_named_with_its_reason(text: str, op: str, why: str):
    assert (legality.ILLEGAL, op, why) in found(text)


def test_hosted_operations_and_narrowed_types_are_told_once_each():
    text = (
        "%0 = stablehlo.iota dim = 0 : tensor<4xi64>\n%1 = stablehlo.iota dim = 0 : tensor<8xi64>\n"
        "%2 = stablehlo.dynamic_update_slice %a, %b, %c : (tensor<4xf32>, tensor<2xf32>, tensor<i32>) -> tensor<4xf32>\n"
        "%3 = stablehlo.convert %a : (tensor<4xf32>) -> tensor<4xf64>\n"
    )
    assert found(text) == [
        (legality.DTYPE, "iota", "i64 becomes i32, and arithmetic on it may round above 256"),
        (legality.HOST, "dynamic_update_slice", "runs on the host"),
        (legality.DTYPE, "convert", "f64 becomes f32"),
    ]


def test_the_table_knows_every_status_and_no_other():
    assert {status for status, _ in legality.table().values()} == {"converted", "hoisted", "illegal", "pre-pass"}
    assert all(why for status, why in legality.table().values() if status == "illegal")


def test_a_refusal_reads_like_the_compilers_and_leads_to_the_line(tmp_path: Path):
    place = r'"{\22stack_trace\22: \22File \\\22/m/model.py\\\22, line 7, in forward\\n    return x\22}"'
    line = f"%0 = stablehlo.round_nearest_even %a : tensor<2xf32> {place}\n"
    (tmp_path / "model.mlir").write_text(line + line + "%1 = stablehlo.fft %a : tensor<2xf32>\n%2 = stablehlo.iota dim = 0 : tensor<4xi64>\n")
    with pytest.raises(report.IllegalOperation) as refused:
        report.check(str(tmp_path))
    assert str(refused.value) == (
        "failed to legalize operation 'stablehlo.round_nearest_even': rounding to even has no pattern; away from zero has\n"
        'from user code:\n  File "/m/model.py", line 7, in forward\n'
        "also stablehlo.round_nearest_even at /m/model.py:7: rounding to even has no pattern; away from zero has\n"
        "also stablehlo.fft at model.mlir:3: no Fourier transforms"
    )
    rows = json.loads((tmp_path / "findings.json").read_text())["findings"]
    assert [(row["kind"], row["op"], row["line"]) for row in rows] == [
        ("illegal", "stablehlo.round_nearest_even", 1),
        ("illegal", "stablehlo.round_nearest_even", 2),
        ("illegal", "stablehlo.fft", 3),
        ("dtype", "stablehlo.iota", 4),
    ]
    assert rows[0]["frames"] == [["/m/model.py", 7, "forward"]]


def test_a_module_without_findings_is_taken(tmp_path: Path):
    (tmp_path / "model.mlir").write_text("%0 = stablehlo.add %a, %b : tensor<2xf32>\n")
    report.check(str(tmp_path))
    assert json.loads((tmp_path / "findings.json").read_text())["findings"] == []


@pytest.mark.parametrize(
    ("rows", "arch", "told"),
    [
        (5_120_000_000, None, None),
        (5_120_000_000, "n150", "n150 has 12884901888 B of DRAM"),
        (5_120_000_000, "p150", None),
        (12_288_000_000, None, "p150 has 34359738368 B of DRAM"),
    ],
)
def test_a_module_that_no_memory_holds_is_too_large(tmp_path: Path, rows: int, arch: str | None, told: str | None):
    taken = f"tensor<{rows // 32}x32xf32>"
    (tmp_path / "model.mlir").write_text(f"func.func @main(%arg0: {taken}) -> tensor<2xf32> {{\n%0 = stablehlo.add %a, %b : tensor<2xf32>\n}}\n")
    if told is None:
        report.check(str(tmp_path), arch)
    else:
        with pytest.raises(report.TooLarge) as refused:
            report.check(str(tmp_path), arch)
        assert refused.value.failure_class == "out-of-memory"
        assert str(refused.value) == f"Out of Memory: at least {rows * 4} B of arguments and 8 B of values at once; {told}"


def test_memory_is_counted_from_below_and_freed_after_the_last_use():
    assert [memory.bytes_of(Tensor(shape, dtype)) for shape, dtype in (
        ((32, 32), "f32"), ((33, 1), "bf16"), ((), "i1"), ((7,), "i64"), ((2, 3, 32, 64), "f64"), ((None, 4), "f32"), ((4, 4), "complex<f32>")
    )] == [4096, 66, 2, 28, 49152, 0, 128]
    module = (
        "func.func @main(%arg0: tensor<32x32xf32>, %arg1: tensor<64x32xbf16>) -> tensor<32x32xf32> {\n"
        "%0 = stablehlo.negate %arg0 : tensor<32x32xf32>\n"
        "%1 = stablehlo.concatenate %0, %0, dim = 0 : (tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<64x32xf32>\n"
        "%2 = stablehlo.slice %1 [0:32, 0:32] : (tensor<64x32xf32>) -> tensor<32x32xf32>\n"
        "%3 = stablehlo.negate %2 : tensor<32x32xf32>\n}\n"
    )
    told = memory.estimate(arguments_of(module), read(module))
    assert (told["arguments"], told["peak"], told["peak_op"], told["peak_line"]) == (8192, 12288, "stablehlo.concatenate", 3)
    assert told["largest_value"] == 8192 and told["chips"]["n150"]["fits"]
    large = [Tensor((5_000_000_000 // 32, 32), "bf16")]
    fits = {name: chip["fits"] for name, chip in memory.estimate(large, [])["chips"].items()}
    assert fits == {"n150": True, "p150": True}
    assert not memory.estimate(large * 2, [])["chips"]["n150"]["fits"] and memory.estimate(large * 2, [])["chips"]["p150"]["fits"]
