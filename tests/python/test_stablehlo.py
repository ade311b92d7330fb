"""StableHLO text is read into operations, whatever printer wrote it, and nothing in it stops the reader."""

from __future__ import annotations

import random

import pytest

from adapt_harness.graph import Place
from adapt_harness.stablehlo.places import frames_of
from adapt_harness.stablehlo.text import MAX_DEPTH, Operation, Tensor, read, tensors_in, walk

METADATA = (
    r'"<XLA_MLIR_DEBUGINFO_BEGIN>{\22stack_trace\22: \22File \\\22/m/model.py\\\22, line 10, in forward\\n    '
    r"return torch.round(self.l(x))\\n  File \\\22/t/linear.py\\\22, line 134, in forward\\n    return "
    r'F.linear(input)\22, \22nn_module_stack\22: \22L__self__\22}<XLA_MLIR_DEBUGINFO_END>aten__addmm"'
)
FRAMES = (Place("/m/model.py", 10, "forward"), Place("/t/linear.py", 134, "forward"))

TEXT = f"""#loc1 = {METADATA}
module @IrToHlo.19 attributes {{mhlo.is_dynamic = false}} {{
  func.func @main(%arg0: tensor<4xf32> "p0.1", %arg1: tensor<2x4xf32> "p1") -> tensor<2x4xf32> {{
    %cst = stablehlo.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32> [unknown]
    %0 = stablehlo.transpose %arg1, dims = [1, 0] {{xla_shape = "f32[4,4]{{0,1}}"}} : (tensor<2x4xf32>) -> tensor<4x2xf32> {METADATA}
    %1 = stablehlo.add %0, %0 : tensor<4x2xf32> #loc1
    %2:2 = "stablehlo.reduce_window"(%1, %cst) <{{padding = dense<[[0, 0], [3, 0]]> : tensor<2x2xi64>, window_dilations = array<i64: 1, 1>}}> ({{
    ^bb0(%arg3: tensor<f32> "a", %arg4: tensor<f32> "a"):
      %6 = stablehlo.maximum %arg3, %arg4 : tensor<f32> "m"
      stablehlo.return %6 : tensor<f32> [unknown]
    }}) : (tensor<4x2xf32>, tensor<1x2xf32>) -> (tensor<4x2xf32>, tensor<4x2xi32>) #loc1
    %3 = stablehlo.reduce(%2#1 init: %cst) across dimensions = [1] : (tensor<4x2xi32>, tensor<i32>) -> tensor<4xi32>
     reducer(%arg8: tensor<i32> "r", %arg9: tensor<i32> "r")  {{
      %7 = stablehlo.or %arg8, %arg9 : tensor<i32> "or.1"
      stablehlo.return %7 : tensor<i32> [unknown]
    }} "reduce.3"
    %4 = stablehlo.reduce(%1 init: %cst) applies stablehlo.add across dimensions = [0] : (tensor<4x2xf32>, tensor<f32>) -> tensor<2xf32> loc("sum"(#loc1))
    %5 = stablehlo.custom_call @mhlo.topk(%4) {{mhlo.attributes = {{k = 2 : i64}}}} : (tensor<2xf32>) -> tensor<?x2xi32, #stablehlo.bounds<8, ?>>
    return %5 : tensor<2xf32> [unknown]
  }} [unknown]
}} [unknown]
"""


def shown(operation: Operation) -> tuple:
    return operation.name, operation.result, operation.operands, [one.name.split(".")[1] for one in operation.body]


def test_operations_have_their_operands_and_what_their_regions_compute():
    assert [shown(operation) for operation in read(TEXT)] == [
        ("stablehlo.constant", "%cst", (), []),
        ("stablehlo.transpose", "%0", ("%arg1",), []),
        ("stablehlo.add", "%1", ("%0", "%0"), []),
        ("stablehlo.reduce_window", "%2", ("%1", "%cst"), ["maximum", "return"]),
        ("stablehlo.reduce", "%3", ("%2#1", "%cst"), ["or", "return"]),
        ("stablehlo.reduce", "%4", ("%1", "%cst"), ["add"]),
        ("stablehlo.custom_call", "%5", ("%4",), []),
    ]
    assert [operation.name for operation in walk(read(TEXT))].count("stablehlo.return") == 2


def test_types_are_those_of_the_signature():
    by_name = {operation.result: operation for operation in read(TEXT)}
    matrix, window = Tensor((4, 2), "f32"), by_name["%2"]
    assert (window.operand_types, window.result_types) == ((matrix, Tensor((1, 2), "f32")), (matrix, Tensor((4, 2), "i32")))
    assert by_name["%0"].operand_types == (Tensor((2, 4), "f32"),)
    assert by_name["%1"].result_types == (matrix,)
    assert by_name["%5"].result_types == (Tensor((None, 2), "i32"),)
    assert tensors_in("tensor<f32>, tensor<2x3xcomplex<f32>>, tensor<0x7xi1>") == (
        Tensor((), "f32"),
        Tensor((2, 3), "complex<f32>"),
        Tensor((0, 7), "i1"),
    )


def test_places_come_from_metadata_at_the_operation_or_behind_an_alias():
    by_name = {operation.result: operation.frames for operation in read(TEXT)}
    assert by_name["%0"] == by_name["%1"] == by_name["%2"] == FRAMES
    assert by_name["%3"] == by_name["%cst"] == ()
    for location in ("reduce.3", "{}", "{not json}", '{"stack_trace": 3}', "{" * 10_000, "\\"):
        assert frames_of(location) == ()


def test_attributes_are_found_in_either_form():
    window, transpose = read(TEXT)[3], read(TEXT)[1]
    assert window.attribute("window_dilations") == "array<i64: 1, 1>"
    assert window.attribute("padding") == "dense<[[0, 0], [3, 0]]>"
    assert transpose.attribute("dims") == "[1, 0]"
    assert transpose.attribute("absent") is None


def test_any_damage_is_read_as_far_as_it_goes():
    rng = random.Random(1)
    for _ in range(300):
        damaged = list(TEXT)
        for _ in range(rng.randrange(1, 40)):
            at = rng.randrange(len(damaged))
            damaged[at] = rng.choice(['"', "{", "}", "<", ">", "\n", "\\", "%", "\0", "é", damaged[at] * 50, ""])
        for operation in walk(read("".join(damaged)[: rng.randrange(len(TEXT))])):
            assert "." in operation.name


def test_depth_is_bounded():
    nested = "%0 = stablehlo.case(%1) ({\n"
    assert len(list(walk(read(nested * MAX_DEPTH)))) == MAX_DEPTH
    with pytest.raises(ValueError, match=f"line {MAX_DEPTH + 1}: regions are nested deeper than {MAX_DEPTH}"):
        read(nested * (MAX_DEPTH + 1))
