"""Python files as model sources: both ways to write one, held-out draws, and mistakes said in one line."""

import pytest
import torch

from adapt_harness.sources import DrawUnavailable, SourceError, open_source, redraw
from adapt_harness.sources.base import Inputs

MODEL = """
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(30, 8)
        self.mix = torch.nn.Linear(8, 8)

    def forward(self, input_ids, attention_mask=None, scale=1.0):
        hidden = self.mix(self.table(input_ids)) * scale
        return hidden if attention_mask is None else hidden * attention_mask[..., None]
"""
INPUTS = """
def load_inputs():
    ids = torch.arange(24).reshape(2, 12) % 30
    return {"input_ids": ids, "attention_mask": torch.ones(2, 12, dtype=torch.long), "scale": 2.0}
"""


def _open(tmp_path, text, factory=None, name="net_file.py"):
    path = tmp_path / name
    path.write_text(text)
    source = open_source({"kind": "file", "name": str(path), "factory": factory, "seed": 0})
    source.resolve()
    return source


def _both(tmp_path):
    source = _open(tmp_path, MODEL + "\ndef load_model():\n    return Net()\n" + INPUTS)
    return source, source.load({})


def test_load_model_and_load_inputs(tmp_path):
    source, loaded = _both(tmp_path)
    assert (
        loaded.cls == "Net" and loaded.model_file.endswith("net_file.py") and loaded.roots == [str(tmp_path.resolve())]
    )
    inputs = source.inputs(loaded, {"seed": 1, "variant": "base"})
    assert list(inputs.tensors) == ["input_ids", "attention_mask"] and inputs.constants == {"scale": 2.0}
    assert loaded.model(**inputs.kwargs()).shape == (2, 12, 8)


def test_given_inputs_are_redrawn_by_seed_within_their_range_and_the_notes_say_so(tmp_path):
    source, loaded = _both(tmp_path)
    one, same, other = (source.inputs(loaded, {"seed": s, "variant": "base"}) for s in (1, 1, 2))
    assert torch.equal(one.tensors["input_ids"], same.tensors["input_ids"])
    assert not torch.equal(one.tensors["input_ids"], other.tensors["input_ids"])
    assert one.tensors["input_ids"].min() >= 0 and one.tensors["input_ids"].max() <= 23
    assert one.notes


def test_special_ids_of_the_configuration_stay_where_they_are_and_come_nowhere_else(tmp_path):
    text = MODEL + """
from transformers import PretrainedConfig

def load_model():
    net = Net()
    net.config = PretrainedConfig(text_config={"eos_token_id": 2}, image_token_index=7)
    return net

def load_inputs():
    return {"input_ids": torch.tensor([[7, 7, 7, 7, 9, 3, 8, 5, 4, 11, 6, 2]] * 2)}
"""
    source = _open(tmp_path, text)
    loaded = source.load({})
    for seed in range(1, 5):
        drawn = source.inputs(loaded, {"seed": seed, "variant": "base"}).tensors["input_ids"]
        assert (drawn[:, :4] == 7).all() and (drawn[:, -1] == 2).all()
        assert not torch.isin(drawn[:, 4:-1], torch.tensor([2, 7])).any() and not torch.equal(drawn[0], drawn[1])


def test_what_tells_where_images_are_is_not_drawn_again():
    kinds = torch.tensor([[1, 1, 0, 0, 0, 1, 0, 0]])
    given = Inputs({"mm_token_type_ids": kinds, "token_type_ids": kinds}, {}, [])
    drawn = [redraw.vary(given, seed, "base", fresh=True).tensors for seed in range(4)]
    assert all(torch.equal(one["mm_token_type_ids"], kinds) for one in drawn)
    assert not all(torch.equal(one["token_type_ids"], kinds) for one in drawn)


def test_variants_of_given_inputs(tmp_path):
    source, loaded = _both(tmp_path)
    drawn = {
        v: source.inputs(loaded, {"seed": 1, "variant": v}).tensors
        for v in ("padded", "left-padded", "shorter", "batch1")
    }
    assert (drawn["padded"]["attention_mask"][:, 0] == 1).all() and (drawn["padded"]["attention_mask"] == 0).any()
    assert (drawn["left-padded"]["attention_mask"][:, -1] == 1).all() and (
        drawn["left-padded"]["attention_mask"] == 0
    ).any()
    assert drawn["shorter"]["input_ids"].shape == drawn["shorter"]["attention_mask"].shape == (2, 8)
    assert drawn["batch1"]["input_ids"].shape == (1, 12)


def test_a_factory_may_return_model_and_inputs(tmp_path):
    source = _open(
        tmp_path,
        MODEL + "\ndef make():\n    return Net(), (torch.zeros(3, 5, dtype=torch.long) + torch.arange(5),)\n",
        "make",
    )
    loaded = source.load({})
    inputs = source.inputs(loaded, {"seed": 0, "variant": "base"})
    assert list(inputs.tensors) == ["input_ids"]
    with pytest.raises(DrawUnavailable):
        source.inputs(loaded, {"seed": 0, "variant": "padded"})


def test_load_inputs_that_takes_a_seed_draws_itself(tmp_path):
    text = (
        MODEL
        + "\ndef load_model():\n    return Net()\n\ndef load_inputs(seed=0):\n    return torch.full((2, 4), seed)\n"
    )
    source = _open(tmp_path, text)
    loaded = source.load({})
    inputs = source.inputs(loaded, {"seed": 17, "variant": "base"})
    assert (inputs.tensors["input_ids"] == 17).all() and not inputs.notes


def test_the_weights_depend_on_the_seed_of_the_model_alone(tmp_path):
    text = MODEL + "\ndef load_model():\n    return Net()\n" + INPUTS
    torch.manual_seed(1)
    one = _open(tmp_path, text).load({}).model
    torch.manual_seed(2)
    two = _open(tmp_path, text).load({}).model
    assert torch.equal(one.mix.weight, two.mix.weight)


MISTAKES = {
    "no factory": ("x = 1\n", None, "bad-config", "load_model"),
    "an unknown factory": ("def make():\n    pass\n", "mkae", "bad-config", "make"),
    "no module": ("def load_model():\n    return 3\n", None, "bad-config", "int"),
    "a syntax error": ("def load_model(:\n", None, "import-error", "SyntaxError"),
    "a missing package": ("import no_such_package_here\n", None, "missing-package", "no_such_package_here"),
    "a factory that raises": (
        "def load_model():\n    raise ValueError('weights are elsewhere')\n",
        None,
        "exception",
        "weights are elsewhere",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_said_in_one_line(tmp_path, case):
    text, factory, failure_class, said = MISTAKES[case]
    with pytest.raises(SourceError) as raised:
        _open(tmp_path, text, factory).load({})
    assert raised.value.failure_class == failure_class
    assert said in raised.value.message and "\n" not in raised.value.message


def test_no_inputs_at_all_is_a_bad_config(tmp_path):
    source = _open(tmp_path, MODEL + "\ndef load_model():\n    return Net()\n")
    loaded = source.load({})
    with pytest.raises(SourceError, match="load_inputs"):
        source.inputs(loaded, {"seed": 0, "variant": "base"})


def test_a_file_named_like_a_package_does_not_replace_it(tmp_path):
    source = _open(tmp_path, MODEL + "\ndef load_model():\n    return Net()\n" + INPUTS, name="torch.py")
    source.load({})
    import sys

    assert sys.modules["torch"] is torch


def test_a_file_that_is_not_there_names_its_neighbour(tmp_path):
    (tmp_path / "my_model.py").write_text("")
    source = open_source({"kind": "file", "name": str(tmp_path / "my_modle.py"), "seed": 0})
    with pytest.raises(SourceError, match="my_model.py"):
        source.resolve()
