"""Flat outputs and the files that carry them."""

from collections import OrderedDict, namedtuple

import pytest
import torch

from adapt_harness import arrays, constants
from adapt_harness.flat import FlatModel, unfold, weights_digest

Pair = namedtuple("Pair", "left right")
ONE = torch.ones(2)


@pytest.mark.parametrize(
    "output, names, tree",
    [
        (ONE, ["output"], "*"),
        ((ONE, ONE), ["0", "1"], "tuple(0:*,1:*)"),
        ([ONE, None, 3], ["0"], "list(0:*,1:None,2:3)"),
        (Pair(ONE, (ONE,)), ["left", "right.0"], "Pair(left:*,right:tuple(0:*))"),
        (OrderedDict(b=ONE, a="x"), ["b"], "OrderedDict(b:*,a:'x')"),
    ],
)
def test_an_output_unfolds_to_named_leaves_and_a_structure(output, names, tree):
    leaves, text = unfold(output)
    assert ([name for name, _ in leaves], text) == (names, tree)


def test_containers_of_another_class_are_another_structure():
    assert unfold((ONE,))[1] != unfold([ONE])[1]


def test_a_structure_that_contains_itself_ends():
    knot = [ONE]
    knot.append(knot)
    assert len(unfold(knot)[0]) == 1


def test_outputs_come_back_with_their_names_dtypes_and_complex_values(tmp_path):
    tensors = (
        torch.tensor([1.5, float("nan")]),
        torch.tensor([True, False]),
        torch.tensor([[1 + 2j]]),
        torch.tensor(7),
    )
    arrays.write_outputs(tmp_path / "o.safetensors", ["a", "b", "c", "d"], tensors, "tree text")
    back = arrays.read(tmp_path / "o.safetensors")
    assert back.tree == "tree text"
    assert [(leaf["name"], leaf["kind"], leaf["dtype"], leaf["shape"]) for leaf in back.leaves] == [
        ("a", "float", "float32", [2]),
        ("b", "bool", "bool", [2]),
        ("c", "complex", "complex64", [1, 1]),
        ("d", "int", "int64", []),
    ]
    assert list(back.tensors) == ["leaf/0000", "leaf/0001", "leaf/0002", "leaf/0003"]
    for got, sent in zip(back.tensors.values(), (tensors[0], tensors[1], torch.view_as_real(tensors[2]), tensors[3])):
        assert torch.equal(torch.nan_to_num(got), torch.nan_to_num(sent))


def test_inputs_keep_their_order_whatever_the_alphabet_says(tmp_path):
    sent = {"z": torch.zeros(1), "a": torch.ones(1, dtype=torch.complex64)}
    arrays.write_inputs(tmp_path / "i.safetensors", sent)
    back = arrays.read(tmp_path / "i.safetensors").tensors
    assert list(back) == ["z", "a"] and torch.equal(back["a"], sent["a"])


def test_constants_keep_tuples_and_refuse_objects():
    values = {"grid": [(1, 2), (3, 4)], "flag": None, "nested": {"x": (1.5,)}}
    assert constants.decode(constants.encode(values)) == values
    assert constants.encode({"o": object()}) is None


def test_the_digest_sees_a_changed_weight_and_a_changed_buffer():
    model = torch.nn.BatchNorm1d(3)
    before = weights_digest(model)
    model.running_mean += 1
    changed = weights_digest(model)
    with torch.no_grad():
        model.weight += 1
    assert len({before, changed, weights_digest(model)}) == 3


def test_the_flat_model_feeds_by_name_and_adds_constants():
    class Model(torch.nn.Module):
        def forward(self, x, scale, y=None):
            return {"sum": x + y * scale}

    flat = FlatModel(Model(), ["y", "x"], {"scale": 2})
    assert torch.equal(flat.recorded(torch.ones(1), torch.zeros(1))[0], torch.tensor([2.0]))
    assert (flat.leaf_names, flat.tree) == (["sum"], "dict(sum:*)")


def test_equal_arrays_are_equal_bytes(tmp_path):
    """The library behind it writes its metadata in an order of chance."""
    tensors = {f"t{i}": torch.arange(i + 1) for i in range(5)}
    extra = {f"key{i}": str(i) for i in range(6)}
    written = set()
    for i in range(8):
        arrays.write_inputs(tmp_path / f"{i}.safetensors", tensors, extra)
        written.add((tmp_path / f"{i}.safetensors").read_bytes())
    assert len(written) == 1
    assert arrays.read(tmp_path / "0.safetensors").extra == extra
