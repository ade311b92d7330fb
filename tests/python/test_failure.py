"""Exceptions of PyTorch and of backends as failure records. The messages are the real ones, shortened."""

import pytest
import torch

from adapt_harness import failure_rules as rules
from adapt_harness.failure import record
from adapt_harness.graph import Place, places, whole_stacks
from adapt_harness.overlay import Overlay
from adapt_harness.source_files import SourceFiles

ONNX = (
    "No ONNX function found for <OpOverload(op='aten._is_all_true', overload='default')>. "
    "Failure message: No decompositions registered for the real-valued input"
)
IREE = (
    "/x/site-packages/lib/m.py:634:0: error: failed to legalize operation 'torch.operator' that was explicitly marked "
    'illegal: %200 = "torch.operator"(%199, %18) <{name = "torch.aten.histc"}> : '
    "(!torch.vtensor<[48],f32>) -> !torch.vtensor<[4],f32>"
)
OPENVINO = (
    "Check 'false' failed at src/frontends/x.cpp:151:\nModel wasn't fully converted.\nSummary:\n"
    "-- No conversion rule found for operations: aten.empty_permuted.default, aten.histc.default"
)
GUARD = "Could not guard on data-dependent expression Eq(u0, 1) (unhinted: Eq(u0, 1)).  (Size-like symbols: none)"
COMPLEX = (
    "No ONNX function found for <OpOverload(op='aten.unsqueeze', overload='default')>. "
    "Failure message: No decompositions registered for the complex-valued input"
)


@pytest.mark.parametrize(
    "exception, message, stage, expected",
    [
        ("DispatchError", ONNX, "lower", "unsupported-op"),
        ("DispatchError", COMPLEX, "lower", "unsupported-dtype"),
        ("RuntimeError", IREE, "compile", "legalize-failed"),
        ("OpConversionFailure", OPENVINO, "lower", "unsupported-op"),
        ("GuardOnDataDependentSymNode", GUARD, "capture", "data-dependent"),
        (
            "NotImplementedError",
            "FIX ME: Unimplemented call_function: target=<function sym_ite at 0x7f>",
            "lower",
            "unsupported-op",
        ),
        ("ModuleNotFoundError", "No module named 'nothing'", "load", "missing-package"),
        (
            "RuntimeError",
            "[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried",
            "eager",
            "out-of-memory",
        ),
        ("RuntimeError", "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)", "eager", "shape-mismatch"),
        ("ValueError", "something else", "eager", "exception"),
        ("RuntimeError", "something else", "compile", "other"),
    ],
)
def test_class_of_a_failure(exception, message, stage, expected):
    assert rules.class_of(exception, message, stage) == expected


@pytest.mark.parametrize(
    "message, expected",
    [
        (ONNX, ["aten._is_all_true"]),
        (IREE, ["aten.histc"]),
        (OPENVINO, ["aten.empty_permuted.default", "aten.histc.default"]),
        ("Unimplemented call_function: target=<function sym_ite at 0x7f>, File transformers.models.x", ["sym_ite"]),
        ("nothing is named here", []),
    ],
)
def test_operators_that_a_message_blames(message, expected):
    assert rules.operators_of(message) == expected


@pytest.mark.parametrize(
    "left, right",
    [
        (IREE, IREE.replace("%200", "%7").replace("[48]", "[96]").replace(":634:", ":12:")),
        (GUARD, GUARD.replace("u0", "u17")),
        ("no file /home/a/x.py at 0x7f00", "no file /srv/b/c/x.py at 0x11"),
    ],
)
def test_two_runs_of_one_failure_fold_to_one_text(left, right):
    assert rules.fold(rules.headline(left)) == rules.fold(rules.headline(right)) != ""


def test_an_unnamed_operator_is_one_failure_whichever_argument_is_named():
    text = "IREE compilation failed\n<unknown>:0: error: failed to legalize operation 'torch.constant.%s': %%2 = ..."
    assert rules.headline(text % "int") == rules.headline(text % "bool") == "failed to legalize operation 'torch.constant"
    assert rules.operators_of(text % "bool") == []


def test_strict_export_names_the_same_failure():
    strict = "Consider annotating your code using torch._check*(). " + GUARD
    assert rules.headline(strict) == rules.headline(GUARD) == GUARD


def test_the_headline_of_a_compiler_is_its_first_error():
    text = "IREE compilation failed\n" + IREE + "\n/x/m.py:1:0: note: called from"
    assert rules.headline(text).startswith("failed to legalize operation")


@pytest.fixture
def own_module(tmp_path):
    """A small library with one module of its own, and the files object that knows it."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "__init__.py").write_text("")
    path = tmp_path / "lib" / "model.py"
    path.write_text("def forward(x):\n    return helper(x)\n\n\ndef helper(x):\n    raise ValueError('bad value 17')\n")
    files = SourceFiles(Overlay(None))
    files.add_roots([str(tmp_path / "lib")], [str(path)])
    return path, files


def test_the_place_is_the_innermost_frame_of_the_model(own_module):
    path, files = own_module
    scope: dict = {}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    with pytest.raises(ValueError) as caught:
        scope["forward"](1)
    found = record(caught.value, "eager", files)
    assert (found["file"], found["line"], found["function"]) == ("lib/model.py", 6, "helper")
    assert found["source"] == "raise ValueError('bad value 17')"
    assert [(f["line"], f["function"]) for f in found["frames"]] == [(2, "forward")]
    assert found["fingerprint"] == "eager|exception||bad value #"


def test_a_backend_message_is_mapped_through_the_graph(own_module):
    path, files = own_module
    program = torch.export.export(_Cos(), (torch.ones(2),), strict=False)
    for node in program.graph.nodes:
        if node.op == "call_function":
            node.meta["stack_trace"] = f'  File "{path}", line 2, in forward\n    return helper(x)\n'
    found = record(RuntimeError("cannot do 'torch.operator' op: torch.aten.cos"), "compile", files, program)
    assert (found["file"], found["line"], found["op"]) == ("lib/model.py", 2, "aten.cos")


class _Cos(torch.nn.Module):
    def forward(self, x):
        return x.cos()


def halved(x):
    return x.exp() / 2


class _Helped(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(2, 2)

    def forward(self, x):
        return halved(self.inner(x))


def test_a_captured_node_knows_the_helper_that_made_it():
    with whole_stacks():
        program = torch.export.export(_Helped(), (torch.ones(1, 2),), strict=False)
    without = torch.export.export(_Helped(), (torch.ones(1, 2),), strict=False)

    def functions(program, op):
        node = next(node for node in program.graph.nodes if op in str(node.target))
        return [place.function for place in places(node.meta["stack_trace"])]

    assert functions(program, "aten.exp")[:2] == ["halved", "forward"]
    assert functions(program, "aten.linear") == functions(without, "aten.linear")
    assert functions(program.run_decompositions(), "aten.exp")[:2] == ["halved", "forward"]
    assert "halved" not in functions(without, "aten.exp"), "torch keeps helpers itself now: whole_stacks may go"


def test_diagnostics_on_stderr_become_the_message(own_module):
    _, files = own_module
    found = record(RuntimeError("compilation failed"), "compile", files, None, "warning: x\n" + IREE + "\n")
    assert (
        found["class"] == "legalize-failed" and found["op"] == "aten.histc" and "failed to legalize" in found["message"]
    )


def test_messages_and_logs_are_bounded(own_module):
    _, files = own_module
    found = record(RuntimeError("é" * 9000), "run", files, None, "x" * 99999)
    assert len(found["message"].encode()) <= 4096 and len(found["log"]) == 16384


def test_frames_outside_the_model_are_no_place(own_module):
    _, files = own_module
    assert files.locate([Place(torch.__file__, 3, "f")]) == (None, [])
