"""What is observed around a call: how much each parameter matters, and what the call does besides returning."""

import pytest
import torch

from adapt_harness.effects import effects
from adapt_harness.flat import FlatModel
from adapt_harness.inputs.plan import Plan
from adapt_harness.module_state import ModuleState
from adapt_harness.sensitivity import MOST_PARAMETERS, sampled, sensitivity


class Net(torch.nn.Module):
    """One layer that matters, one that is never used, and state that a call changes."""

    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(10, 4)
        self.used = torch.nn.Linear(4, 4)
        self.unused = torch.nn.Linear(4, 4)
        self.register_buffer("calls", torch.zeros(()))
        self.last_length = 0
        self.seen = []

    def forward(self, input_ids):
        self.calls += 1
        self.last_length = input_ids.shape[1]
        self.seen.append(self.last_length)
        return self.used(self.table(input_ids))


class Quiet(Net):
    def forward(self, input_ids):
        return self.used(self.table(input_ids))


class Tolerant(Quiet):
    """Accepts ids that the original refuses."""

    def forward(self, input_ids):
        return self.used(self.table(input_ids.long().clamp(0, 9)))


def _flat(kind):
    torch.manual_seed(0)
    return FlatModel(kind(), ["input_ids"], {}).eval(), [torch.randint(0, 10, (2, 5))]


def test_a_parameter_that_is_never_used_has_no_sensitivity():
    flat, inputs = _flat(Quiet)
    rows = sensitivity(flat, inputs)
    assert all(v > 1e-3 for n, row in rows.items() if "unused" not in n for v in row)
    assert all(v == 0 for n, row in rows.items() if "unused" in n for v in row)


def test_sensitivity_repeats_and_leaves_the_weights_as_they_were():
    flat, inputs = _flat(Quiet)
    before = {n: p.clone() for n, p in flat.named_parameters()}
    assert sensitivity(flat, inputs) == sensitivity(flat, inputs)
    assert all(torch.equal(before[n], p) for n, p in flat.named_parameters())


def test_a_large_model_is_sampled_with_every_kind_of_module():
    layers = torch.nn.Sequential(*[torch.nn.Linear(2, 2) for _ in range(MOST_PARAMETERS)], torch.nn.LayerNorm(2))
    names = sampled(layers)
    assert len(names) <= MOST_PARAMETERS + 4 and sampled(layers) == names
    assert {type(layers.get_submodule(n.rpartition(".")[0])).__name__ for n in names} == {"Linear", "LayerNorm"}


def test_effects_name_changed_buffers_and_attributes():
    flat, inputs = _flat(Net)
    found = effects(flat, inputs)
    assert any(line.startswith("buffer calls changed") for line in found)
    assert "attribute last_length = 5" in found and "attribute seen = [5]" in found


def test_effects_put_the_model_back_and_repeat():
    flat, inputs = _flat(Net)
    assert effects(flat, inputs) == effects(flat, inputs)
    assert flat.model.calls.item() == 0 and flat.model.seen == [] and flat.model.last_length == 0


def test_effects_tell_a_model_that_no_longer_refuses_bad_ids():
    original, inputs = _flat(Quiet)
    adapted, _ = _flat(Tolerant)
    assert "input_ids out of range: raises IndexError" in effects(original, inputs)
    assert "input_ids out of range: raises nothing" in effects(adapted, inputs)


def test_module_state_puts_back_hooks_that_a_call_installed():
    net = Quiet()
    state = ModuleState(net)
    net.used.register_forward_hook(lambda *_: None)
    net.flag = True
    state.restore()
    assert not net.used._forward_hooks and not hasattr(net, "flag")


def test_a_plan_survives_json():
    plan = Plan(image=(8, 9), media_tokens={"image": 4}, drop={"labels"}, tried={"a"}, repairs=["x"])
    assert Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize("seed", [0, 1])
def test_sensitivity_sees_each_output_leaf_alone(seed):
    class Two(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)

        def forward(self, x):
            return self.a(x), self.b(x)

    torch.manual_seed(seed)
    rows = sensitivity(FlatModel(Two(), ["x"], {}), [torch.randn(2, 3)])
    first, second = rows["model.a.weight"]
    assert first > 1e-3 and second == 0
