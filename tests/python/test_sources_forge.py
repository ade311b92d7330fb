"""Loaders of tt-forge-models as model sources: in a checkout and alone, what they break of the contract, and hostile ones."""

from __future__ import annotations

import multiprocessing
import shutil
import sys
from pathlib import Path

import pytest

LOADERS = Path(__file__).resolve().parents[1] / "data" / "forge"


def ask(folder: Path, variant: str | None = None, what: str = "load", size: str = "full", options: dict | None = None):
    """In a process of its own: what one loader registers and imports, the next one must not see."""
    import torch  # noqa: F401  before the fork, as a host has it
    import transformers  # noqa: F401

    spec = {"kind": "forge", "name": str(folder), "factory": variant, "seed": 0, "size": size}
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_answer, args=(theirs, spec, what, options or {}))
    child.start()
    theirs.close()
    assert ours.poll(120), "the loader does not answer"
    said = ours.recv()
    child.join(20)
    return said


def _answer(out, spec: dict, what: str, options: dict) -> None:
    from adapt_harness.sources import SourceError, open_source

    path = list(sys.path)
    try:
        source = open_source(spec)
        source.resolve()
        if what == "variants":
            out.send(source.variants())
            return
        loaded = source.load(options)
        drawn = source.inputs(loaded, {"seed": 0, "variant": "base"})
        out.send({"class": loaded.cls, "module": loaded.module, "notes": loaded.notes + drawn.notes, "roots": loaded.roots,
                  "out": list(loaded.model(**drawn.kwargs()).shape), "path": sys.path == path,
                  "shadowed": str(getattr(loaded.model, "SHADOWED", None))})
    except SourceError as error:
        out.send([error.failure_class, error.message])


# A loader that keeps the contract; each case breaks one thing.
GOOD = '''
import torch
from ...base import ForgeModel
from ...config import Framework, ModelConfig, ModelGroup, ModelInfo, ModelSource, ModelTask, StrEnum
{top}

class ModelVariant(StrEnum):
    TINY = "tiny"
    LARGE = "Large_Model"


class ModelLoader(ForgeModel):
    _VARIANTS = {{v: ModelConfig(pretrained_model_name="own/" + v.value) for v in ModelVariant}}
    DEFAULT_VARIANT = ModelVariant.TINY
    {body}

    @classmethod
    def _get_model_info(cls, variant=None):
        return ModelInfo(model="M", variant=variant, group=ModelGroup.RED, task=ModelTask.NLP_QA,
                         source=ModelSource.GITHUB, framework=Framework.TORCH)

    def load_model(self, {arguments}):
        {model}

    def load_inputs(self, {input_arguments}):
        {inputs}
'''


def written(tmp_path: Path, top: str = "", body: str = "", arguments: str = "*, dtype_override=None, **kwargs",
            model: str = "return torch.nn.Linear(4, 4)", input_arguments: str = "dtype_override=None, batch_size=1",
            inputs: str = "return torch.randn(2, 4)", replace: tuple[str, str] | None = None) -> Path:
    folder = tmp_path / "model" / "pytorch"
    folder.mkdir(parents=True, exist_ok=True)
    text = GOOD.format(top=top, body=body, arguments=arguments, model=model, input_arguments=input_arguments, inputs=inputs)
    (folder / "loader.py").write_text(text.replace(*replace) if replace else text)
    return folder


def test_a_loader_in_no_checkout_finds_the_contract_of_the_harness():
    said = ask(LOADERS / "branching" / "pytorch", "Wide_v1.5")
    assert said["class"] == "Gate" and said["module"] == "third_party.tt_forge_models.branching.pytorch.src.model"
    assert said["out"] == [2, 16] and said["roots"] == [str(LOADERS / "branching")] and said["path"]
    assert said["notes"][0] == ("loader of tt-forge-models in no checkout: the contract is the harness's own; "
                                "variant Wide_v1.5 of 2")
    assert not [note for note in said["notes"] if note.startswith("contract:")]


def test_a_loader_in_a_checkout_finds_the_checkouts_own_modules_and_nothing_is_shadowed():
    said = ask(LOADERS / "checkout" / "gated" / "masked_lm" / "pytorch")
    assert said["class"] == "Net" and said["out"] == [2, 4] and said["path"]
    assert str(LOADERS) not in said["shadowed"]
    assert said["notes"][0] == "loader of tt-forge-models in a checkout; variant one of 3"


@pytest.mark.parametrize(("variant", "package"), [("needs picture", "absent_picture_package"),
                                                  ("needs resizing", "absent_vision_package")])
def test_what_shared_helpers_import_is_missed_where_it_is_used_and_not_before(variant: str, package: str):
    kind, message = ask(LOADERS / "checkout" / "gated" / "masked_lm" / "pytorch", variant)
    assert kind == "missing-package" and message == f"load_inputs: needs package '{package}': No module named '{package}'"


def test_variants_are_listed_without_loading_anything(tmp_path: Path):
    assert ask(written(tmp_path, model="raise RuntimeError"), what="variants") == ["tiny", "Large_Model"]


@pytest.mark.parametrize(("wanted", "shown"), [(None, "tiny"), ("Large_Model", "Large_Model"), ("LARGE", "Large_Model"),
                                               ("large_model", "Large_Model")])
def test_a_variant_is_named_by_value_or_by_name(tmp_path: Path, wanted: str | None, shown: str):
    assert ask(written(tmp_path), wanted)["notes"][0].endswith(f"variant {shown} of 2")


# What leaves the loader usable is a note.
@pytest.mark.parametrize(("changes", "breach"), [
    ({"arguments": "dtype_override=None, **kwargs"},
     "load_model takes dtype_override by position; its arguments are keyword-only"),
    ({"arguments": "*, dtype_override=None"}, "load_model takes no **kwargs"),
    ({"input_arguments": "batch_size=1"}, "load_inputs takes no dtype_override"),
    ({"input_arguments": "dtype_override=None"}, "load_inputs takes no batch_size"),
    ({"model": "print('x' * 10); return torch.nn.Linear(4, 4)"}, "load_model prints 11 characters"),
    ({"top": "print('hello')"}, "importing loader.py prints 6 characters"),
    ({"inputs": "print('ab'); return torch.randn(2, 4)"}, "load_inputs prints 3 characters"),
    ({"replace": ("_VARIANTS = {v: ModelConfig(pretrained_model_name=\"own/\" + v.value) for v in ModelVariant}",
                  "_VARIANTS = {}")}, "the loader has no variants (_VARIANTS is empty)"),
    ({"replace": ("return ModelInfo(", "raise ValueError('x'); return ModelInfo(")}, "_get_model_info fails: ValueError: x"),
    ({"replace": ("return ModelInfo(", "return dict(")},
     "_get_model_info fails: AttributeError: 'dict' object has no attribute 'model_name_clean'"),
])
def test_a_breach_that_leaves_a_model_is_one_line_of_the_notes(tmp_path: Path, changes: dict, breach: str):
    said = ask(written(tmp_path, **changes))
    assert [note for note in said["notes"] if note.startswith("contract: ")] == ["contract: " + breach]
    assert said["out"] == [2, 4]


# What leaves none is a failure of one line.
PIPELINE = "\nclass Pipeline:\n    unet = torch.nn.Linear(4, 4)\n"


@pytest.mark.parametrize(("changes", "variant", "said"), [
    ({"model": "return torch.nn.Linear(4, 4), 'tokenizer'"}, None,
     ["bad-config", "load_model returned a tuple of 2, not the torch.nn.Module alone"]),
    ({"top": PIPELINE, "model": "return Pipeline()"}, None,
     ["bad-config", "load_model returned Pipeline, not a torch.nn.Module; its unet is one"]),
    ({"model": "return None"}, None, ["bad-config", "load_model returned NoneType, not a torch.nn.Module"]),
    ({"inputs": "return 'text'"}, None, ["bad-config", "load_inputs returned str, not a dict, tensor or sequence"]),
    ({"inputs": "return {}"}, None, ["bad-config", "the inputs hold no tensor"]),
    ({}, "Large", ["bad-config", "unknown variant 'Large'; did you mean Large_Model?"]),
    ({}, "zzz", ["bad-config", "unknown variant 'zzz'; there are tiny, Large_Model"]),
    ({"replace": ("DEFAULT_VARIANT = ModelVariant.TINY", "DEFAULT_VARIANT = None")}, None,
     ["bad-config", "DEFAULT_VARIANT is None, which is no variant; name one of tiny, Large_Model"]),
    ({"replace": ("for v in ModelVariant}", "for v in ()}")}, "tiny",
     ["bad-config", "variant 'tiny' of a loader without variants"]),
    ({"replace": ("class ModelLoader(", "class MyLoader(")}, None,
     ["bad-config", "loader.py defines no class ModelLoader; did you mean MyLoader?"]),
    ({"top": "raise RuntimeError('at import\\nsecond line')"}, None,
     ["import-error", "importing loader.py: RuntimeError: at import second line"]),
    ({"top": "import absent_thing.part"}, None,
     ["missing-package", "importing loader.py: needs package 'absent_thing': No module named 'absent_thing'"]),
    ({"top": "def broken(:"}, None, ["import-error", "importing loader.py: SyntaxError: invalid syntax (loader.py, line 5)"]),
    ({"top": "from ...tools.lora import apply_lora"}, None,
     ["import-error", "importing loader.py: it imports tools.lora of a checkout of tt-forge-models, and stands in none"]),
    ({"top": "from ...tools.utils import yolo_postprocess"}, None,
     ["import-error", "importing loader.py: it imports yolo_postprocess of a checkout of tt-forge-models, and stands in none"]),
    ({"top": "import sys; sys.exit(3)"}, None, ["exit", "importing loader.py ends the program: sys.exit(3)"]),
    ({"model": "import sys; sys.exit('no\\nmore')"}, None, ["exit", "load_model ends the program: sys.exit('no\\nmore')"]),
    ({"model": "raise ValueError('not today')"}, None, ["exception", "load_model: ValueError: not today"]),
    ({"model": "raise GeneratorExit"}, None, ["exception", "load_model: GeneratorExit: "]),
    ({"body": "def __init__(self, variant=None): raise KeyError('k')"}, None, ["exception", "ModelLoader(): KeyError: 'k'"]),
    ({"inputs": "raise OSError('disk')"}, None, ["exception", "load_inputs: OSError: disk"]),
    ({"body": "@classmethod\n    def query_available_variants(cls): raise OSError('x')"}, None,
     ["bad-config", "its variants cannot be listed: OSError: x"]),
    # What would have to be fetched.
    ({"model": "from transformers import AutoModel; return AutoModel.from_pretrained('somebody/some-model', **kwargs)"}, None,
     ["bad-checkpoint", "load_model wants 'somebody/some-model' from a hub, and nothing is downloaded"]),
    ({"model": "from transformers import AutoModel; return AutoModel.from_pretrained('bert-base-uncased', **kwargs)"}, None,
     ["bad-checkpoint", "load_model wants 'bert-base-uncased' from a hub, and nothing is downloaded"]),
    ({"top": "from ...tools.utils import get_file", "inputs": "return get_file('https://host.invalid/a/cat.jpg')"}, None,
     ["bad-checkpoint", "load_inputs wants 'https://host.invalid/a/cat.jpg' from a hub, and nothing is downloaded"]),
    ({"inputs": "import urllib.request as u; return u.urlopen('http://127.0.0.1:1/cat.jpg', timeout=5)"}, None,
     ["bad-checkpoint", "load_inputs wants 'http://127.0.0.1:1/cat.jpg' from a hub, and nothing is downloaded"]),
    ({"model": "raise ConnectionError('no route')"}, None,
     ["bad-checkpoint", "load_model wants 'own/tiny' from a hub, and nothing is downloaded"]),
])
def test_what_gives_no_model_is_said_in_one_line(tmp_path: Path, changes: dict, variant: str | None, said: list[str]):
    assert ask(written(tmp_path, **changes), variant) == said


def test_what_is_missing_is_told_from_the_files_beside_the_loader(tmp_path: Path):
    folder = written(tmp_path, top="import absent_thing")
    (folder / "requirements.txt").write_text("# comment\n--extra-index-url somewhere\ntorch>=1\nabsent_thing==2.0  # why\n"
                                             "torch==0.1; python_version < '3'\nnumpy>9000\n")
    (folder / "requirements.nodeps.txt").write_text("git+somewhere\n")
    kind, message = ask(folder)
    import numpy

    assert kind == "missing-package"
    assert message == ("importing loader.py: needs package 'absent_thing': No module named 'absent_thing'; requirements.txt, "
                       f"requirements.nodeps.txt beside the loader wants absent_thing==2.0 (absent), numpy>9000 "
                       f"({numpy.__version__} here), git+somewhere (not looked for: it has no name); "
                       "--install-requirements installs that into a copy of the environment")


def test_requirements_that_a_loader_does_without_are_a_note(tmp_path: Path):
    folder = written(tmp_path)
    (folder / "requirements.txt").write_text("absent_thing\n")
    assert [n for n in ask(folder)["notes"] if "requirements.txt beside the loader wants absent_thing (absent)" in n]


def test_size_tiny_asks_for_two_layers_where_the_loader_can_be_asked(tmp_path: Path):
    body = ("def __init__(self, variant=None, num_layers=None):\n        super().__init__(variant)\n"
            "        self.num_layers = num_layers")
    folder = written(tmp_path, body=body, model="return torch.nn.Linear(4, self.num_layers or 8)")
    tiny, full = ask(folder, size="tiny"), ask(folder, size="full")
    assert tiny["out"] == [2, 2] and full["out"] == [2, 8]
    assert [n for n in tiny["notes"] if n.startswith("size tiny: the loader was asked for 2 layers")]


def test_options_of_the_load_go_through_the_loader(tmp_path: Path):
    folder = written(tmp_path, model="return torch.nn.Linear(4, kwargs.get('width', 3))")
    assert ask(folder)["out"] == [2, 3] and ask(folder, options={"width": 5})["out"] == [2, 5]


def test_absolute_imports_mean_the_same_modules_as_relative_ones(tmp_path: Path):
    top = "from third_party.tt_forge_models import base\nassert base.ForgeModel is ForgeModel"
    assert ask(written(tmp_path, top=top))["out"] == [2, 4]


def test_the_folder_of_a_loader_may_hold_dots_and_dashes(tmp_path: Path):
    moved = tmp_path / "checkout" / "gated-1.5" / "pytorch"
    shutil.copytree(LOADERS / "checkout", tmp_path / "checkout")
    shutil.copytree(LOADERS / "checkout" / "gated" / "masked_lm" / "pytorch", moved)
    (moved / "loader.py").write_text((moved / "loader.py").read_text().replace("....", "..."))
    assert ask(moved)["module"] == "third_party.tt_forge_models.gated-1_5.pytorch.src.model"
