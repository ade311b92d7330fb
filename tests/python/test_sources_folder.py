"""Local folders: real weights are used whole or refused in one line; own code runs from the folder alone."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from published_checkpoint import published_checkpoint
from adapt_harness.sources import SourceError, open_source

transformers = pytest.importorskip("transformers", reason="package 'transformers' is not installed")

TINY = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, vocab_size=120)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    """A checkpoint as a user has it: config.json and one safetensors file."""
    folder = tmp_path_factory.mktemp("snapshot")
    torch.manual_seed(0)
    transformers.BertForMaskedLM(transformers.BertConfig(**TINY)).save_pretrained(folder)
    return folder


@pytest.fixture
def folder(snapshot, tmp_path):
    """A copy that a test may damage."""
    return Path(shutil.copytree(snapshot, tmp_path / "model"))


def _load(folder, **more):
    source = open_source({"kind": "folder", "name": str(folder), "seed": 0, **more})
    source.resolve()
    return source, source.load({})


def _edit(folder, **values):
    path = folder / "config.json"
    config = {**json.loads(path.read_text()), **values}
    path.write_text(json.dumps({k: v for k, v in config.items() if v is not None}))


def _refused(folder):
    with pytest.raises(SourceError) as raised:
        _load(folder)
    assert "\n" not in raised.value.message
    return raised.value


def test_real_weights_are_kept(folder):
    _, loaded = _load(folder)
    from safetensors.torch import load_file

    stored = load_file(folder / "model.safetensors")
    assert loaded.cls == "BertForMaskedLM"
    state = loaded.model.state_dict()
    assert all(torch.equal(stored[k], state[k]) for k in stored)
    assert (
        state["cls.predictions.decoder.weight"].data_ptr() == state["bert.embeddings.word_embeddings.weight"].data_ptr()
    )


def test_a_sharded_checkpoint_loads(folder):
    model = transformers.BertForMaskedLM.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="20KB")
    assert len(list(folder.glob("*.safetensors"))) > 1
    _, loaded = _load(folder)
    assert (
        torch.equal(
            loaded.model.state_dict()["bert.pooler.dense.weight"], model.state_dict()["bert.pooler.dense.weight"]
        )
        if ("bert.pooler.dense.weight" in model.state_dict())
        else loaded.cls == "BertForMaskedLM"
    )


def test_a_missing_shard_is_named(folder):
    model = transformers.BertForMaskedLM.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="20KB")
    lost = sorted(folder.glob("*.safetensors"))[-1]
    lost.unlink()
    error = _refused(folder)
    assert error.failure_class == "bad-checkpoint" and lost.name in error.message


@pytest.mark.parametrize("keep", [0, 5, 20, 3000])
def test_a_truncated_file_is_a_bad_checkpoint(folder, keep):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    assert _refused(folder).failure_class == "bad-checkpoint"


def _own(reference):
    return dict(architectures=["Own"], auto_map={"AutoModel": reference})


CHANGES = {
    "another shape": (dict(intermediate_size=64), "bad-checkpoint", "another shape"),
    "a layer the file lacks": (dict(num_hidden_layers=3), "bad-checkpoint", "missing"),
    "a layer the model lacks": (dict(num_hidden_layers=1), "bad-checkpoint", "unexpected"),
    "absurd depth": (dict(num_hidden_layers=10**9), "bad-config", "num_hidden_layers"),
    "absurd width": (dict(hidden_size=4 * 10**8), "bad-config", ""),
    "absurd vocabulary": (dict(vocab_size=2 * 10**9), "bad-config", "parameters"),
    "negative width": (dict(hidden_size=-32), "bad-config", "hidden_size"),
    "a width in words": (dict(hidden_size="wide"), "bad-config", "hidden_size"),
    "heads that do not divide": (dict(num_attention_heads=5), "bad-config", ""),
    "an unknown architecture": (dict(architectures=["BertForMaskedLN"]), "bad-config", "BertForMaskedLM"),
    "an unknown model type": (dict(architectures=None, model_type="bartish"), "bad-config", "bartish"),
    "code in another repository": (_own("org/other--modeling_own.Own"), "bad-config", "modeling_own"),
    "code outside the folder": (_own("../../evil.Own"), "bad-config", "evil"),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_a_configuration_that_does_not_fit_is_refused_in_one_line(folder, case):
    values, failure_class, said = CHANGES[case]
    _edit(folder, **values)
    error = _refused(folder)
    assert error.failure_class == failure_class and said in error.message


def test_weights_that_are_not_finite_are_refused(folder):
    from safetensors.torch import load_file, save_file

    state = load_file(folder / "model.safetensors")
    state["bert.encoder.layer.0.output.dense.weight"][0, 0] = float("nan")
    save_file(state, folder / "model.safetensors", {"format": "pt"})
    assert "NaN" in _refused(folder).message


@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"', "\x00"])
def test_a_broken_config_file_is_a_bad_config(folder, text):
    (folder / "config.json").write_text(text)
    assert _refused(folder).failure_class == "bad-config"


def test_a_folder_without_config_points_at_the_one_below(folder):
    error = _refused(folder.parent)
    assert error.failure_class == "bad-config" and "model" in error.message


def test_a_folder_that_is_not_there_names_its_neighbour(folder):
    assert "model" in _refused(folder.parent / "modle").message


def test_without_weights_the_model_is_random_and_the_notes_say_so(folder):
    (folder / "model.safetensors").unlink()
    _, loaded = _load(folder)
    assert any("no weights" in note for note in loaded.notes)


OWN_CODE = {
    "configuration_own.py": """
from transformers import PretrainedConfig

class OwnConfig(PretrainedConfig):
    model_type = "own"

    def __init__(self, vocab_size=50, hidden_size=16, **kwargs):
        self.vocab_size, self.hidden_size = vocab_size, hidden_size
        super().__init__(**kwargs)
""",
    "modeling_own.py": """
import torch
from transformers import PreTrainedModel

from .configuration_own import OwnConfig

class OwnModel(PreTrainedModel):
    config_class = OwnConfig

    def __init__(self, config):
        super().__init__(config)
        self.table = torch.nn.Embedding(config.vocab_size, config.hidden_size)
        self.mix = torch.nn.Linear(config.hidden_size, config.hidden_size)
        self.post_init()

    def forward(self, input_ids, attention_mask=None):
        return self.mix(self.table(input_ids))
""",
}


def test_modelling_code_of_the_folder_is_imported_from_it(tmp_path):
    for name, text in OWN_CODE.items():
        (tmp_path / name).write_text(text)
    auto_map = {"AutoConfig": "configuration_own.OwnConfig", "AutoModel": "modeling_own.OwnModel"}
    (tmp_path / "config.json").write_text(
        json.dumps({"model_type": "own", "architectures": ["OwnModel"], "auto_map": auto_map, "hidden_size": 24})
    )
    source, loaded = _load(tmp_path)
    assert loaded.cls == "OwnModel" and Path(loaded.model_file).parent == tmp_path.resolve()
    assert loaded.roots[0] == str(tmp_path.resolve())
    assert loaded.model.mix.in_features == 24
    assert list(source.inputs(loaded, {"seed": 0, "variant": "base"}).tensors) == ["input_ids", "attention_mask"]


def test_own_code_that_needs_a_missing_package_names_it(tmp_path):
    (tmp_path / "modeling_own.py").write_text("import no_such_package_here\n")
    (tmp_path / "config.json").write_text(
        json.dumps({"architectures": ["OwnModel"], "auto_map": {"AutoModel": "modeling_own.OwnModel"}})
    )
    error = _refused(tmp_path)
    assert error.failure_class == "missing-package" and "no_such_package_here" in error.message


def test_a_published_checkpoint_loads_and_all_its_weights_are_used():
    folder = published_checkpoint()
    if folder is None:
        pytest.skip("the package with a real checkpoint cannot be had here")
    source, loaded = _load(folder)
    assert loaded.cls == "BertModel" and sum(p.numel() for p in loaded.model.parameters()) > 20_000_000
    with torch.no_grad():
        output = loaded.model(**source.inputs(loaded, {"seed": 0, "variant": "padded"}).kwargs())
    assert torch.isfinite(output.last_hidden_state).all()
