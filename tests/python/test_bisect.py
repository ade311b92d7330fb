"""`bisect`: the first part of a model that fails or differs when it alone is taken through a backend."""

import os
import signal

import pytest
import torch

import models_for_tests as models
from adapt_harness import arrays, backends
from adapt_harness.difference import difference

HEAD = '''
import torch
from torch import nn


class Good(nn.Module):
    """Passes everywhere."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 8)

    def forward(self, x):
        return torch.tanh(self.linear(x))


class Branches(nn.Module):
    """Fails in capture: which branch is taken depends on values."""

    def forward(self, x):
        if x.sum() > 0:
            x = x + 1
        return x


class Bakes(nn.Module):
    """Computes something else where it is captured."""

    def forward(self, x):
        return x * (2 if torch.compiler.is_exporting() else 3)


class Kth(nn.Module):
    """Fails in ONNX's exporter, which has no such operator."""

    def forward(self, x):
        return x + x.kthvalue(2, -1, keepdim=True).values


class Counts(nn.Module):
    """Computes something else each time."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return x * self.calls
'''
TAIL = '''

def load_model():
    torch.manual_seed(0)
    return Net()


def load_inputs(seed=0, variant="base"):
    return {"x": torch.randn(4, 8, generator=torch.Generator().manual_seed(seed))}
'''


def net(parts: str, forward: str) -> str:
    """A model with these lines in its constructor and in its forward."""
    made = "".join(f"        {line}\n" for line in parts.strip().splitlines())
    called = "".join(f"        {line}\n" for line in forward.strip().splitlines())
    start = "\n\nclass Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    return f"{start}{made}\n    def forward(self, x):\n{called}"


CHAIN = net(
    "self.first = Good()\nself.second = {}\nself.third = Good()", "return self.third(self.second(self.first(x)))"
)


def need(name: str) -> None:
    probe = backends.backend(name).probe()
    if not probe.available:
        pytest.skip(f"{name} is unavailable: {probe.evidence}")


@pytest.fixture
def ask(host, tmp_path):
    """Bisects a model file. Gives everything that the worker said."""

    def bisect(text: str, backend="export", inputs=None, **params):
        path = tmp_path / "net.py"
        path.write_text(text)
        drawn = {"x": torch.randn(4, 8, generator=torch.Generator().manual_seed(1))}
        arrays.write_inputs(tmp_path / "inputs", inputs or drawn)
        asked = {
            "model": {"kind": "file", "name": str(path), "size": "tiny", "factory": None, "seed": 0},
            "backend": backend,
            "overlay": None,
            "options": [],
            "inputs": str(tmp_path / "inputs"),
            "out": str(tmp_path / "out"),
            "limit": 50,
            "seconds": 300,
        }
        return host.ask("bisect", {**asked, **params}, 400)

    return bisect


@pytest.fixture
def found(ask):
    """The culprit in a model of these classes, as (path, class, stage, class of its failure); parts tried; notes."""

    def result(classes: str, **params):
        reply = ask(HEAD + classes + TAIL, **params).ok()
        assert reply["ok"] and reply["failure"] is None, reply["failure"]
        culprit = reply["culprit"]
        if culprit:
            assert culprit["source"] == ("torch.nn.modules.container" if culprit["class"] == "Sequential" else "net")
            culprit = (culprit["module"], culprit["class"], culprit["failure"]["stage"], culprit["failure"]["class"])
        return culprit, reply["tried"], reply["notes"]

    return result


CAPTURE, COMPARE = ("capture", "data-dependent"), ("compare", "output-mismatch")
ALIKE = "{} more like {}, which passed: not tried again"


@pytest.mark.parametrize(
    "part, backend, blamed",
    [
        ("Branches()", "export", CAPTURE),
        ("Bakes()", "export", COMPARE),
        ("Kth()", "onnxruntime", ("lower", "unsupported-op")),
        ("Bakes()", "onnxruntime", COMPARE),
        ("Bakes()", "inductor", COMPARE),
    ],
)
def test_one_bad_part_among_good_ones_is_found(found, part, backend, blamed):
    need(backend)
    told = found(CHAIN.format(part), backend=backend)
    assert told == (("second", part.removesuffix("()"), *blamed), 2, [])


def test_a_failure_has_its_place_and_its_operator(ask):
    need("onnxruntime")
    place = ("file", "function", "source", "op")
    failure = ask(HEAD + CHAIN.format("Branches()") + TAIL).ok()["culprit"]["failure"]
    assert [failure[key] for key in place] == ["net.py", "forward", "if x.sum() > 0:", None]
    failure = ask(HEAD + CHAIN.format("Kth()") + TAIL, backend="onnxruntime").ok()["culprit"]["failure"]
    assert [failure[key] for key in place] == [
        "net.py",
        "forward",
        "return x + x.kthvalue(2, -1, keepdim=True).values",
        "aten.kthvalue",
    ]


def test_a_model_whose_parts_all_pass_has_no_culprit(found):
    assert found(CHAIN.format("Good()")) == (None, 1, [ALIKE.format(2, "first")])


def test_a_culprit_is_followed_through_containers_that_are_called_and_that_are_not(found):
    block = """

class Block(nn.Module):
    def __init__(self, *parts):
        super().__init__()
        self.parts = nn.ModuleDict({"body": nn.Sequential(*parts), "other": Good()})

    def forward(self, x):
        return self.parts["other"](self.parts["body"](x))
"""
    model = net(
        "self.layers = nn.ModuleList([Block(Good()), nn.Identity(), Block(Good(), Branches())])",
        "for layer in self.layers:\n    x = layer(x)\nreturn x",
    )
    culprit, tried, notes = found(block + model)
    assert culprit == ("layers.2.parts.body.1", "Branches", *CAPTURE)
    # layers.0, layers.1 and layers.2; in it its body, the good part of that, and the branches
    assert (tried, notes) == (6, [])


def test_equal_layers_are_tried_once_and_another_among_them_is_found(found):
    model = net(
        "self.layers = nn.ModuleList([Good() for _ in range(4)] + [Bakes()] + [Good() for _ in range(4)])",
        "for layer in self.layers:\n    x = layer(x)\nreturn x",
    )
    told = found(model)
    assert told == (("layers.4", "Bakes", *COMPARE), 2, [ALIKE.format(3, "layers.0")])


def test_many_unlike_parts_in_one_process_do_not_disturb_each_other(found):
    """Inductor gives up on code that it has compiled for too many shapes: parts must not count as one."""
    need("inductor")
    model = net(
        "self.layers = nn.ModuleList([nn.Linear(8 + i, 9 + i) for i in range(10)])\nself.last = Bakes()",
        "for layer in self.layers:\n    x = layer(x)\nreturn self.last(x)",
    )
    assert found(model, backend="inductor") == (("last", "Bakes", *COMPARE), 11, [])


def test_parts_of_one_class_are_not_alike_when_their_settings_differ(found):
    layer = """

class Layer(nn.Module):
    def __init__(self, layer_idx, kind, width=8):
        super().__init__()
        self.layer_idx, self.kind, self.linear = layer_idx, kind, nn.Linear(8, width)

    def forward(self, x):
        y = self.linear(x)
        return y * (2 if self.kind == "odd" and torch.compiler.is_exporting() else 1)
"""
    model = net(
        "kinds = ['even', 'even', 'odd', 'even']\n"
        "self.layers = nn.ModuleList([Layer(i, kind) for i, kind in enumerate(kinds)])",
        "for layer in self.layers:\n    x = layer(x)\nreturn x",
    )
    # layers.0, layers.2 and what is in that
    assert found(layer + model) == (("layers.2", "Layer", *COMPARE), 3, [ALIKE.format(1, "layers.0")])
    model = net("self.a, self.b = Layer(0, 'even'), Layer(1, 'even', 9)", "return self.a(x).sum() + self.b(x)")
    assert found(layer + model) == (None, 2, [])


def test_a_container_is_the_culprit_when_its_own_code_is(found):
    outer = """

class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = Good(), nn.Sequential(Good())

    def forward(self, x):
        x = self.second(self.first(x))
        return x + 1 if x.sum() > 0 else x
"""
    model = net("self.outer, self.last = Outer(), Good()", "return self.last(self.outer(x))")
    culprit, tried, notes = found(outer + model)
    assert culprit == ("outer", "Outer", *CAPTURE) and (tried, notes) == (3, [])


def test_code_between_the_parts_of_the_model_itself_is_no_part(found):
    forward = "x = self.first(x)\nreturn self.last(x if x.sum() > 0 else -x)"
    model = net("self.first, self.last = Good(), nn.Identity()", forward)
    assert found(model) == (None, 2, [])


def test_arguments_of_every_kind_come_back_as_they_were(found):
    taker = """
import collections

Sizes = collections.namedtuple("Sizes", "scale shift")


class Taker(nn.Module):
    def __init__(self, bad=False):
        super().__init__()
        self.bad = bad

    def forward(self, x, pair, *rest, mask=None, extra, power, **more):
        assert mask is None and power == 2 and set(more) == {"deep"} and type(extra) is Sizes and len(rest) == 1
        (a, [b, none]), c = pair, rest[0]
        assert none is None and c.dtype == torch.int64
        y = x * a + b + c + more["deep"]["list"][0] * extra.scale + extra.shift
        y = y * (2 if self.bad and torch.compiler.is_exporting() else 1)
        return {"y": y**power, "nested": (y > 0, [None, "text", y.sum(-1).long()])}


class Caller(nn.Module):
    def __init__(self, bad):
        super().__init__()
        self.taker = Taker(bad)

    def forward(self, x):
        out = self.taker(
            x, (x + 1, [x - 1, None]), torch.arange(8), extra=Sizes(x, 0.5), power=2, deep={"list": [x.cos(), "c"]}
        )
        return out["y"] + out["nested"][1][2][:, None]
"""
    model = taker + net("self.caller = Caller(False)", "return self.caller(x)")
    assert found(model) == (None, 1, [])
    strict = {"id": "strict-export", "scope": "capture", "set": {"strict": True}}
    assert found(model, options=[strict]) == (None, 1, [])
    culprit, tried, notes = found(taker + net("self.caller = Caller(True)", "return self.caller(x)"))
    assert culprit == ("caller.taker", "Taker", *COMPARE) and (tried, notes) == (2, [])


def test_a_part_that_is_called_again_is_tried_as_it_was_called_first(found):
    growing = """

class Growing(nn.Module):
    def forward(self, x):
        if len(x) > 4 and torch.compiler.is_exporting():
            return x + 1
        return torch.cat([x, x])
"""
    model = net("self.grow, self.last = Growing(), Bakes()", "return self.last(self.grow(self.grow(x)))")
    assert found(growing + model) == (("last", "Bakes", *COMPARE), 2, [])


def test_a_part_in_itself_is_recorded_with_the_output_of_its_outer_call(found):
    again = """

class Again(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Good()

    def forward(self, x, depth=2):
        return self(x, depth - 1) + 1 if depth else self.inner(x)
"""
    assert found(again + net("self.again = Again()", "return self.again(x)")) == (None, 1, [])


def test_an_object_with_tensors_is_looked_past_and_an_empty_one_is_given_empty_each_time(found):
    cache = """

class Cache:
    def __init__(self):
        self.kept = []


class Keeps(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x, cache):
        cache.kept.append(self.inner(x))
        return torch.cat(cache.kept)
"""
    calls = "cache = Cache()\nx = self.first(x, cache)\nreturn self.second(x, cache)"
    model = net("self.first, self.second = Keeps(nn.Identity()), Keeps(Branches())", calls)
    culprit, tried, notes = found(cache + model)
    assert culprit == ("second.inner", "Branches", *CAPTURE) and tried == 2
    assert notes == ["second cannot be taken alone: 'cache' is a Cache that holds tensors"]


def test_a_part_without_tensors_or_that_needs_the_model_around_it_is_looked_past(found):
    odd = """
SCALE = []


class Numbers(nn.Module):
    def forward(self, n):
        return n + 1


class Needs(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Bakes()

    def forward(self, x):
        return self.inner(x * SCALE[-1])
"""
    forward = "SCALE.append(self.numbers(1))\nx = self.needs(x)\nSCALE.pop()\nreturn x"
    culprit, tried, notes = found(odd + net("self.numbers, self.needs = Numbers(), Needs()", forward))
    assert culprit == ("needs.inner", "Bakes", *COMPARE) and tried == 1
    assert notes == [
        "numbers cannot be taken alone: it is given no tensor",
        "needs cannot be taken alone: it raises IndexError: list index out of range",
    ]


def test_what_depends_on_more_than_its_arguments_is_said(found):
    culprit, tried, notes = found(CHAIN.format("Counts()"))
    assert culprit == ("second", "Counts", *COMPARE) and tried == 2
    assert notes == [
        "second depends on more than its arguments: when PyTorch calls it again, output 'output' differs by 1 "
        "(relative L2, at most 1e-05)"
    ]


def test_a_part_finds_buffers_as_they_were_before_the_model_ran(found):
    steps = """

class Steps(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("at", torch.zeros(1))

    def forward(self, x):
        self.at.add_(1)
        return x * self.at


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.steps = Steps()

    def forward(self, x):
        return self.steps(x)
"""
    assert found(steps + net("self.twice = Twice()", "return self.twice(x)")) == (None, 1, [])
    model = net("self.twice = Twice()", "return self.twice(x)").replace("return self.twice(x)", "return -self.twice(x)")
    bad = steps.replace("return self.steps(x)", "x = self.steps(x)\n        return x if x.sum() > 0 else -x")
    assert found(bad + model)[:2] == (("twice", "Twice", *CAPTURE), 2)


def test_limits_of_parts_and_of_time_are_kept(found):
    told = found(CHAIN.format("Bakes()"), limit=1)
    assert told == (None, 1, ["the search ended at 1 parts: not every part was looked at"])
    told = found(CHAIN.format("Bakes()"), seconds=0)
    assert told == (None, 0, ["the search ended after 0 s: not every part was looked at"])
    parts = "self.first, self.second = Good(), nn.Sequential(Good(), Bakes())"
    nested = net(parts, "return self.second(self.first(x))")
    culprit, tried, notes = found(nested, limit=2)
    assert culprit == ("second", "Sequential", *COMPARE), "as deep as the search came"
    assert (tried, notes) == (2, ["the search ended at 2 parts: not every part was looked at"])


def test_a_model_that_fails_by_itself_is_a_failure_and_no_part_is_tried(ask):
    reply = ask(models.RAISES).ok()
    assert (reply["ok"], reply["culprit"], reply["tried"], reply["notes"]) == (False, None, 0, [])
    assert (reply["failure"]["stage"], reply["failure"]["exception"]) == ("eager", "KeyError")
    reply = ask("import nothing_like_this").ok()
    assert (reply["ok"], reply["failure"]["stage"], reply["failure"]["class"]) == (False, "load", "missing-package")


def test_options_and_the_overlay_are_in_force(found, ask, tmp_path):
    switched = """

class Switched(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("switch", torch.tensor([0.5, 0.0]))

    def forward(self, x):
        return x + 1 if self.switch[0] > 0 else x
"""
    option = {"id": "fixed-buffers", "scope": "capture", "set": {"fixed_buffers": True}}
    text = switched + CHAIN.format("nn.Sequential(Switched(), {})")
    assert found(text.format("Good()"))[0] == ("second.0", "Switched", *CAPTURE)
    assert found(text.format("Good()"), options=[option])[0] is None
    culprit, _, _ = found(text.format("Switched(), Branches()"), options=[option])
    assert culprit == ("second.2", "Branches", *CAPTURE)

    (tmp_path / "overlay").mkdir()
    broken = HEAD + CHAIN.format("Branches()") + TAIL
    (tmp_path / "overlay" / "net.py").write_text(broken.replace("if x.sum() > 0", "if True"))
    reply = ask(broken, overlay=str(tmp_path / "overlay")).ok()
    assert (reply["ok"], reply["culprit"]) == (True, None)


def test_a_part_that_ends_the_process_is_the_last_that_was_named(ask):
    crashes = """

class Crashes(nn.Module):
    def forward(self, x):
        if torch.compiler.is_exporting():
            import os, signal
            os.kill(os.getpid(), signal.SIGSEGV)
        return x
"""
    told = ask(HEAD + crashes + CHAIN.format("Crashes()") + TAIL)
    assert told.result is None and os.WTERMSIG(told.status) == signal.SIGSEGV
    assert [line for line in told.lines if '"note"' in line][-1] == '{"event":"note","text":"trying second"}'


def test_a_backend_that_compiles_nothing_is_refused(ask):
    told = ask(models.PLAIN, backend="eager")
    assert told.error == {"kind": "bad-request", "message": "backend 'eager' compiles nothing", "traceback": ""}


def test_nothing_of_the_parts_is_left_in_the_folder(found, tmp_path):
    need("onnxruntime")
    found(CHAIN.format("Bakes()"), backend="onnxruntime")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["backend.log"]


def test_a_library_model_is_taken_apart(host, tmp_path):
    pytest.importorskip("transformers")
    need("onnxruntime")
    spec = {"kind": "transformers", "name": "LlamaModel", "size": "tiny", "factory": None, "seed": 0}
    draws = [{"seed": 1, "variant": "base"}]
    base = host.ask("reference", {"model": spec, "draws": draws, "out": str(tmp_path), "fp64": False}).ok()
    asked = {"model": spec, "overlay": None, "options": [], "inputs": base["draws"][0]["inputs"], "out": str(tmp_path)}
    reply = host.ask("bisect", {**asked, "backend": "onnxruntime", "limit": 50, "seconds": 300}, 400).ok()
    assert (reply["ok"], reply["culprit"]) == (True, None)
    assert reply["notes"] == ["1 more like layers.0, which passed: not tried again"]


def of(*values, dtype=torch.float32):
    return torch.tensor(values, dtype=dtype)


INF, NAN = float("inf"), float("nan")
LOW = torch.finfo(torch.float32).min


@pytest.mark.parametrize(
    "want, got",
    [
        (of(1.0, 2.0), of(1.000001, 2.0)),
        (of(NAN, INF, 1.0), of(NAN, INF, 1.0)),
        (of(LOW, 1.0), of(LOW, 1.000001)),
        (of(0.0, 0.0), of(0.0, 1e-7)),
        (of(1, 2, dtype=torch.int64), of(1, 2, dtype=torch.int64)),
        (of(1.0, 2.0, dtype=torch.bfloat16), of(1.0, 2.015, dtype=torch.bfloat16)),
        (of(1 + 1j, dtype=torch.complex64), of(1 + 1j, dtype=torch.complex64)),
        (torch.zeros(0), torch.zeros(0)),
    ],
)
def test_outputs_agree_within_what_their_dtype_holds(want, got):
    assert difference(["a", "b"], [of(1.0), want], [of(1.0), got]) is None


PLACES = "output 'b' has NaN, infinities or fill values elsewhere, at 1 of 2 places"


@pytest.mark.parametrize(
    "want, got, said",
    [
        (of(3.0, 4.0), of(3.0, 4.5), "output 'b' differs by 0.1 (relative L2, at most 1e-05)"),
        (of(NAN, 1.0), of(1.0, 1.0), PLACES),
        (of(INF, 1.0), of(-INF, 1.0), PLACES),
        (of(LOW, 1.0), of(-INF, 1.0), PLACES),
        (of(LOW, 1.0), of(LOW, 2.0), "output 'b' differs by 1 (relative L2, at most 1e-05)"),
        (of(0.0), of(0.5), "output 'b' differs by 0.5 (relative L2, at most 1e-05)"),
        (of(1, 2, dtype=torch.int64), of(1, 3, dtype=torch.int64), "output 'b' differs at 1 of 2 places"),
        (of(True, False, dtype=torch.bool), of(True, True, dtype=torch.bool), "output 'b' differs at 1 of 2 places"),
        (of(1 + 1j, dtype=torch.complex64), of(1 - 1j, dtype=torch.complex64),
         "output 'b' differs by 1.41 (relative L2, at most 1e-05)"),
        (of(1.0, 2.0), of(1.0), "output 'b' is float32 [1], not float32 [2]"),
        (of(1.0), of(1.0, dtype=torch.float64), "output 'b' is float64 [1], not float32 [1]"),
    ],
)
def test_the_first_output_that_differs_is_named(want, got, said):
    assert difference(["a", "b", "c"], [of(1.0), want, of(1.0)], [of(1.0), got, of(9.0)]) == said


def test_a_missing_output_is_a_difference():
    assert difference(["a", "b"], [of(1.0), of(1.0)], [of(1.0)]) == "1 outputs in place of 2"
