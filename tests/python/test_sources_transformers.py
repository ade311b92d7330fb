"""A sample of library classes, one of each kind: they build tiny, run, and allow the draws that they should."""

import json

import pytest
import torch

from adapt_harness.inputs.probe import tensors
from adapt_harness.sources import DrawUnavailable, SourceError, model_names, open_source

pytest.importorskip("transformers", reason="package 'transformers' is not installed")

# class -> arguments that its base draw must have
SAMPLE = {
    "BertModel": {"input_ids", "attention_mask"},
    "LlamaForCausalLM": {"input_ids", "attention_mask"},
    "MixtralForCausalLM": {"input_ids", "attention_mask"},
    "T5Model": {"input_ids", "attention_mask", "decoder_input_ids"},
    "MambaModel": {"input_ids"},
    "ViTModel": {"pixel_values"},
    "DetrForObjectDetection": {"pixel_values"},
    "CLIPModel": {"input_ids", "pixel_values"},
    "WhisperModel": {"input_features", "decoder_input_ids"},
    "Wav2Vec2Model": {"input_values"},
    "Qwen2_5_VLModel": {"input_ids", "pixel_values", "image_grid_thw"},
    "LlavaNextModel": {"input_ids", "pixel_values", "image_sizes"},
    "TimeSeriesTransformerModel": {"past_values", "future_values"},
    "VisionEncoderDecoderModel": {"pixel_values", "decoder_input_ids"},
}


def _open(name, **more):
    return open_source({"kind": "transformers", "name": name, "size": "tiny", "seed": 0, **more})


@pytest.fixture(scope="module")
def built():
    """Loaded once per class and shared by the tests of this file."""
    cache = {}

    def load(name):
        if name not in cache:
            source = _open(name)
            source.resolve()
            cache[name] = (source, source.load({}))
        return cache[name]

    return load


def _outputs(loaded, inputs):
    with torch.no_grad():
        return tensors(loaded.model(**inputs.kwargs()))


@pytest.mark.parametrize("name", SAMPLE)
def test_a_library_class_builds_tiny_and_runs(built, name):
    source, loaded = built(name)
    inputs = source.inputs(loaded, {"seed": 1, "variant": "base"})
    assert SAMPLE[name] <= set(inputs.tensors)
    assert loaded.cls == name and not loaded.model.training
    assert sum(p.numel() for p in loaded.model.parameters()) < 50_000_000
    outputs = _outputs(loaded, inputs)
    assert outputs and all(torch.isfinite(t).all() for t in outputs if t.is_floating_point())


@pytest.mark.parametrize("name", SAMPLE)
def test_draws_repeat_by_seed_and_differ_between_seeds(built, name):
    source, loaded = built(name)
    one, same, other = (source.inputs(loaded, {"seed": s, "variant": "base"}).tensors for s in (3, 3, 4))
    assert all(torch.equal(one[k], same[k]) for k in one)
    assert any(not torch.equal(one[k], other[k]) for k in one)
    assert {k: (v.shape, v.dtype) for k, v in one.items()} == {k: (v.shape, v.dtype) for k, v in other.items()}


@pytest.mark.parametrize("name", SAMPLE)
def test_every_variant_runs_or_says_why_not(built, name):
    source, loaded = built(name)
    base = source.inputs(loaded, {"seed": 2, "variant": "base"})
    for variant in ("padded", "left-padded", "shorter", "batch1"):
        try:
            drawn = source.inputs(loaded, {"seed": 2, "variant": variant})
        except DrawUnavailable as error:
            assert error.reason
            continue
        assert list(drawn.tensors) == list(base.tensors)
        assert any(
            drawn.tensors[k].shape != v.shape or not torch.equal(drawn.tensors[k], v) for k, v in base.tensors.items()
        ), f"{variant} is the base draw"
        assert _outputs(loaded, drawn)


def test_padding_hides_positions_on_the_asked_side_and_keeps_one_a_row(built):
    source, loaded = built("BertModel")
    right = source.inputs(loaded, {"seed": 5, "variant": "padded"}).tensors["attention_mask"]
    left = source.inputs(loaded, {"seed": 5, "variant": "left-padded"}).tensors["attention_mask"]
    assert (right == 0).any() and (right[:, 0] == 1).all() and (right.diff(dim=1) <= 0).all()
    assert (left == 0).any() and (left[:, -1] == 1).all() and (left.diff(dim=1) >= 0).all()


def test_padding_keeps_media_placeholders(built):
    source, loaded = built("Qwen2_5_VLModel")
    mark = loaded.model.config.image_token_id
    base = source.inputs(loaded, {"seed": 5, "variant": "base"}).tensors["input_ids"]
    for variant in ("padded", "left-padded"):
        drawn = source.inputs(loaded, {"seed": 5, "variant": variant}).tensors["input_ids"]
        assert ((drawn == mark).sum(1) == (base == mark).sum(1)).all()


def test_shorter_changes_the_grid_of_images(built):
    source, loaded = built("Qwen2_5_VLModel")
    base, short = (
        source.inputs(loaded, {"seed": 5, "variant": v}).tensors["image_grid_thw"] for v in ("base", "shorter")
    )
    assert not torch.equal(base, short)


def test_what_a_signature_does_not_allow_is_unavailable(built):
    source, loaded = built("ViTModel")
    for variant in ("padded", "left-padded", "shorter"):
        with pytest.raises(DrawUnavailable):
            source.inputs(loaded, {"seed": 1, "variant": variant})


def test_ids_reach_both_ends_of_the_vocabulary(built):
    source, loaded = built("LlamaForCausalLM")
    ids = source.inputs(loaded, {"seed": 1, "variant": "base"}).tensors["input_ids"]
    assert ids.max().item() == loaded.model.config.vocab_size - 1


def test_loading_twice_gives_the_same_weights_whatever_was_drawn_before(built):
    source, loaded = built("BertModel")
    torch.manual_seed(99)
    again = _open("BertModel").load({})
    one, two = loaded.model.state_dict(), again.model.state_dict()
    assert list(one) == list(two) and all(torch.equal(one[k], two[k]) for k in one)


@pytest.mark.parametrize("name", ["BertModel", "Qwen2_5_VLModel"])
def test_a_recipe_rebuilds_the_model_without_calling_its_forward(built, name, monkeypatch):
    source, loaded = built(name)
    recipe = json.loads(json.dumps(loaded.recipe))
    monkeypatch.setattr(type(loaded.model), "forward", None)
    again = _open(name, recipe=recipe)
    rebuilt = again.load({})
    monkeypatch.undo()
    one, two = loaded.model.state_dict(), rebuilt.model.state_dict()
    assert list(one) == list(two) and all(torch.equal(one[k], two[k]) for k in one)
    first, second = (
        s.inputs(m, {"seed": 9, "variant": "base"}).tensors for s, m in ((source, loaded), (again, rebuilt))
    )
    assert list(first) == list(second) and all(torch.equal(first[k], second[k]) for k in first)


def test_drawing_leaves_the_model_as_it_was(built):
    source, loaded = built("Wav2Vec2Model")
    before = {k: v.clone() for k, v in loaded.model.state_dict().items()}
    hooks = sum(len(m._forward_hooks) for m in loaded.model.modules())
    source.inputs(loaded, {"seed": 1, "variant": "shorter"})
    assert all(torch.equal(before[k], v) for k, v in loaded.model.state_dict().items())
    assert sum(len(m._forward_hooks) for m in loaded.model.modules()) == hooks


def test_an_unknown_class_names_the_nearest_ones():
    with pytest.raises(SourceError) as raised:
        _open("BertModle").resolve()
    assert "BertModel" in raised.value.message


def test_model_names_lists_by_prefix_and_by_nearness():
    listed = model_names("Llama", None, 5)
    assert listed["names"] and all(n.startswith("Llama") for n in listed["names"])
    assert "LlamaForCausalLM" in model_names("", "LlamaForCasualLM", 3)["names"]


def test_a_class_that_is_no_auto_class_builds_too():
    source = _open("CLIPTextModelWithProjection")
    source.resolve()
    loaded = source.load({})
    assert "input_ids" in source.inputs(loaded, {"seed": 0, "variant": "base"}).tensors


def test_load_options_reach_the_configuration():
    loaded = _open("LlamaForCausalLM").load({"attn_implementation": "eager"})
    assert loaded.model.config._attn_implementation == "eager"
