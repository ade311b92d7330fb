"""Under this initialisation every layer is visible, and a value depends on name and seed alone."""

import pytest
import torch

from adapt_harness.initialise import initialise
from adapt_harness.inputs.probe import tensors
from adapt_harness.sensitivity import relative_change

transformers = pytest.importorskip("transformers", reason="package 'transformers' is not installed")

BLOCKS = {  # a class of each kind, and what its blocks are called
    "BertModel": ("attention", "intermediate"),
    "LlamaForCausalLM": ("self_attn", "mlp"),
    "T5Model": ("SelfAttention", "EncDecAttention", "DenseReluDense"),
    "ViTModel": ("attention", "mlp"),
    "MixtralForCausalLM": ("self_attn", "mlp"),
    "DetrForObjectDetection": ("self_attn", "encoder_attn"),
}


def _loaded(name):
    from adapt_harness.sources import open_source

    source = open_source({"kind": "transformers", "name": name, "size": "tiny", "seed": 0})
    source.resolve()
    loaded = source.load({})
    return loaded, source.inputs(loaded, {"seed": 1, "variant": "base"}).kwargs()


def _run(model, kwargs):
    with torch.no_grad():
        return [t.clone() for t in tensors(model(**kwargs)) if t.is_floating_point()]


def _zeroed(_module, _args, output):
    zero = lambda t: torch.zeros_like(t) if torch.is_tensor(t) and t.is_floating_point() else t
    return tuple(zero(t) for t in output) if isinstance(output, tuple) else zero(output)


@pytest.mark.parametrize("name", BLOCKS)
def test_dropping_any_block_changes_the_output_by_more_than_one_percent(name):
    loaded, kwargs = _loaded(name)
    reference = _run(loaded.model, kwargs)
    blocks = [(n, m) for n, m in loaded.model.named_modules() if n.rpartition(".")[2] in BLOCKS[name]]
    assert len(blocks) >= 2
    for block, module in blocks:
        hook = module.register_forward_hook(_zeroed)
        changed = max(relative_change(a, b) for a, b in zip(reference, _run(loaded.model, kwargs)))
        hook.remove()
        assert changed > 1e-2, f"{block} is invisible: {changed}"


def _net(order):
    modules = {"first": torch.nn.Linear(8, 8), "norm": torch.nn.LayerNorm(8), "table": torch.nn.Embedding(5, 8)}
    return torch.nn.ModuleDict({k: modules[k] for k in order})


def test_values_do_not_depend_on_the_order_of_construction():
    one, other = _net(["first", "norm", "table"]), _net(["table", "norm", "first"])
    initialise(one, 7)
    initialise(other, 7)
    assert all(torch.equal(p, dict(other.named_parameters())[n]) for n, p in one.named_parameters())


def test_another_seed_gives_other_values():
    one, other = _net(["first"]), _net(["first"])
    initialise(one, 1)
    initialise(other, 2)
    assert not torch.equal(one["first"].weight, other["first"].weight)


def test_weights_are_scaled_by_fan_in_and_norms_stay_near_one():
    net = torch.nn.ModuleDict({"wide": torch.nn.Linear(400, 300), "norm": torch.nn.LayerNorm(300)})
    initialise(net, 0)
    assert net["wide"].weight.std().item() == pytest.approx(1 / 20, rel=0.05)
    assert net["norm"].weight.mean().item() == pytest.approx(1.0, abs=0.05)
    assert net["norm"].weight.std().item() > 0.05
    assert net["wide"].bias.abs().max().item() > 0


def test_a_head_of_zeros_leaves_no_ties():
    head = torch.nn.Linear(16, 4)
    torch.nn.init.zeros_(head.weight)
    initialise(head, 0)
    assert len(head(torch.ones(1, 16)).unique()) == 4


def test_tied_parameters_stay_tied_and_frozen_tables_stay_as_they_are():
    net = torch.nn.ModuleDict({"table": torch.nn.Embedding(6, 4), "head": torch.nn.Linear(4, 6, bias=False)})
    net["head"].weight = net["table"].weight
    frozen = torch.nn.Parameter(torch.arange(4.0), requires_grad=False)
    net["table"].register_parameter("sinus", frozen)
    initialise(net, 0)
    assert net["head"].weight is net["table"].weight
    assert torch.equal(net["table"].sinus, torch.arange(4.0))


def test_a_layer_scale_that_hides_its_layer_is_made_visible():
    net = torch.nn.Module()
    net.gamma = torch.nn.Parameter(torch.full((8,), 1e-6))
    initialise(net, 0)
    assert net.gamma.abs().min().item() > 0.1
