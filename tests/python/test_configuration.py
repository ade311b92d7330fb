"""Values that a repair sets on a model's configuration: really set, in every part, or a failure that says why."""

import pytest

MODEL = """
import torch
from torch import nn


class Config:
    def __init__(self, **values):
        vars(self).update(values)

    def to_dict(self):
        return {}

    @property
    def kept(self):
        return "as it is"

    @kept.setter
    def kept(self, value):
        pass


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.config = Config(scale=1, text_config=Config(scale=1, depth=2))
        self.linear = nn.Linear(4, 4)

    def forward(self, x):
        return self.linear(x) * self.config.scale + self.config.text_config.scale


def load_model():
    torch.manual_seed(0)
    return Net()


def load_inputs(seed=0):
    return {"x": torch.randn(2, 4, generator=torch.Generator().manual_seed(seed))}
"""


@pytest.fixture
def build(host, tmp_path):
    def run(values: dict) -> dict:
        path = tmp_path / "net.py"
        path.write_text(MODEL)
        spec = {"kind": "file", "name": str(path), "size": "tiny", "factory": None, "seed": 0}
        draws = [{"seed": 1, "variant": "base"}]
        told = host.ask("reference", {"model": spec, "draws": draws, "out": str(tmp_path / "r"), "fp64": False,
                                      "sensitivity": False, "repeat": False}).ok()
        target = str(tmp_path / "out.safetensors")
        ran = host.ask("eager", {"model": spec, "overlay": None, "inputs": [told["draws"][0]["inputs"]], "outputs": [target],
                                 "options": [{"id": "x/y", "scope": "config", "set": values}], "sensitivity": None,
                                 "effects": False}).ok()
        ran["equal"] = (tmp_path / "out.safetensors").exists() and _values(target) == _values(told["draws"][0]["fp32"])
        return ran

    return run


def _values(path: str) -> list:
    from adapt_harness import arrays

    return [t.tolist() for t in arrays.read(path).tensors.values()]


def test_a_plain_key_is_set_in_every_part_that_has_it(build):
    assert build({"scale": 1})["equal"], "the value that it has"
    assert build({"scale": 3})["ok"] and not build({"scale": 3})["equal"]
    assert not build({"text_config.scale": 3})["equal"]


@pytest.mark.parametrize(
    "values, said",
    [
        ({"scalee": 1}, "no configuration of the model has 'scalee'; did you mean 'scale'?"),
        ({"vision_config.scale": 1}, "no configuration of the model has 'vision_config.scale'"),
        ({"kept": 5}, "'kept' stays 'as it is' when it is set to 5"),
    ],
)
def test_a_value_that_is_not_really_set_is_a_failure(build, values, said):
    ran = build(values)
    assert not ran["ok"] and ran["failure"]["class"] == "bad-config" and ran["failure"]["stage"] == "load"
    assert ran["failure"]["message"].startswith(said), ran["failure"]["message"]
