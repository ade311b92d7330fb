"""`package`: what a generated test needs to stand by itself: the model's builder as text, weights, inputs, outputs."""

from __future__ import annotations

import json
import shutil
import textwrap
from pathlib import Path
from typing import Any

import torch

from adapt_harness import arrays, constants
from adapt_harness.imported_packages import own_requirements
from adapt_harness.protocol import BadRequest, field
from adapt_harness.session import Session
from adapt_harness.sources.own_code import package_of

# Larger models are loaded from where they are instead of being copied into a test folder.
_MAX_WEIGHT_BYTES = 512 << 20

_CLASS_BUILDER = '''
def build_model(options: dict):
    """The class with the recorded configuration; the recorded weights are loaded later."""
    import importlib

    config_module = "{config_module}"
    config_class = importlib.import_module(config_module).{config_name}
    text = (HERE / "config.json").read_text()
    config = config_class.from_dict(json.loads(text))
    attributes = {{
        "attn_implementation": "_attn_implementation",
        "experts_implementation": "_experts_implementation",
    }}
    for name, value in options.items():
        setattr(config, attributes.get(name, name), value)
    module = "{module}"
    return importlib.import_module(module).{name}(config)
'''

# In front of the class builder. At once, because an override imports the modules that it changes.
_OWN_CODE = '''
def own_code() -> None:
    """Modelling code of the folder, under the package's name that the override knows."""
    import types

    package = types.ModuleType({package!r})
    package.__path__ = [{folder!r}]
    sys.modules.setdefault(package.__name__, package)


own_code()

'''

_FILE_BUILDER = '''
def build_model(options: dict):
    """What the file beside this one makes; the recorded weights are loaded later."""
    import importlib

    import torch

    torch.manual_seed({seed})
    made = importlib.import_module("{stem}").{factory}()
    model = made[0] if isinstance(made, (tuple, list)) else made
    for name, value in options.items():
        setattr(getattr(model, "config", model), name, value)
    return model
'''

# In front of the loader's builder. At once, because an override imports the modules that it changes.
_FORGE_BUILDER = '''
def forge_packages() -> str:
    """The loader's packages, under the names that its imports and the override know them by."""
    import forge_checkout
    import forge_contract

    return forge_checkout.register({packages!r}, forge_contract)


FORGE_LOADER = forge_packages()


def build_model(options: dict):
    """What the loader gives; the recorded weights are loaded into it afterwards."""
    import importlib

    import torch

    torch.manual_seed({seed})
    loader = importlib.import_module(FORGE_LOADER).ModelLoader
    chosen = {{"variant": next(v for v in loader.query_available_variants() if str(v) == {variant!r})}} if {variant!r} else {{}}
    return loader(**chosen, **{arguments!r}).load_model(**options)
'''

_FOLDER_BUILDER = '''
def build_model(options: dict):
    """The local checkpoint with its own weights."""
    import transformers

    options = {{"local_files_only": True, "dtype": "float32", **options}}
    folder = {folder!r}
    return transformers.{name}.from_pretrained(folder, **options)
'''


def _weights(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().clone().contiguous() for name, tensor in model.state_dict().items()
            if torch.is_tensor(tensor)}


def _bytes(tensors: dict[str, torch.Tensor]) -> int:
    return sum(t.numel() * t.element_size() for t in tensors.values())


class _Package:
    def __init__(self, session: Session):
        self.session = session
        self.out = session.out()
        self.files: list[str] = []

    def _keep(self, name: str) -> Path:
        self.files.append(str(self.out / name))
        return self.out / name

    def _save(self, name: str, tensors: dict[str, torch.Tensor]) -> None:
        from safetensors.torch import save_file

        save_file(tensors, str(self._keep(name)))

    def builder(self) -> str:
        spec, loaded = self.session.params["model"], self.session.loaded
        own = package_of(Path(spec["name"])) if spec["kind"] == "folder" else ""
        if spec["kind"] == "folder" and not loaded.module.startswith(own + "."):
            return textwrap.dedent(_FOLDER_BUILDER).format(name=loaded.cls, folder=spec["name"])
        weights = _weights(loaded.model)
        if _bytes(weights) > _MAX_WEIGHT_BYTES:
            raise BadRequest(f"the weights have {_bytes(weights)} bytes; a test folder holds at most {_MAX_WEIGHT_BYTES}")
        self._save("weights.safetensors", weights)
        if spec["kind"] == "file":
            path = Path(spec["name"])
            shutil.copyfile(path, self._keep(path.name))
            from adapt_harness.sources.python_file import factory_of

            module, _ = loaded.state
            return _FILE_BUILDER.format(seed=int(spec.get("seed") or 0), stem=path.stem,
                                        factory=factory_of(module, spec.get("factory")))
        if spec["kind"] == "forge":
            return self._forge_builder()
        config = type(loaded.model.config)
        self._keep("config.json").write_text(json.dumps(loaded.model.config.to_dict(), indent=1, default=str), encoding="utf-8")
        before = _OWN_CODE.format(package=own, folder=spec["name"]) if own else ""
        return before + _CLASS_BUILDER.format(module=loaded.module, name=loaded.cls, config_module=config.__module__,
                                              config_name=config.__name__)

    def _forge_builder(self) -> str:
        from adapt_harness.sources.forge import checkout, contract

        for module in (checkout, contract):
            name = f"forge_{module.__name__.rpartition('.')[2]}.py"
            shutil.copyfile(str(module.__file__), self._keep(name))
        source = self.session.source
        return _FORGE_BUILDER.format(packages=source.packages, seed=source.seed, arguments=source.arguments,
                                     variant="" if source.variant is None else str(source.variant))

    def numbers(self) -> None:
        params = self.session.params
        saved = arrays.read(field(params, "inputs", str))
        values = constants.decode(saved.extra["constants"]) if saved.extra.get("constants") else {}
        self._save("inputs.safetensors", {name: t.contiguous() for name, t in saved.tensors.items()})
        call = {"names": list(saved.tensors), "constants": values}
        self._keep("inputs.json").write_text(json.dumps(call, indent=1), encoding="utf-8")
        shutil.copyfile(field(params, "expected", str), self._keep("expected.safetensors"))


def package(session: Session) -> dict[str, Any]:
    work = _Package(session)
    builder, failure = "", None
    try:
        session.load()
        builder = work.builder()
        work.numbers()
    except BadRequest:
        raise
    except Exception as error:  # a model that does not load is a result
        failure = session.failure(error)
    return {"ok": failure is None, "failure": failure, "builder": builder, "files": work.files,
            "requirements": requirements(session, field(session.params, "backend", str))}


def requirements(session: Session, backend: str) -> list[str]:
    """Pinned packages of this environment that the test imports."""
    from adapt_harness.backends.evidence import version_of

    of_backend = {"onnxruntime": ("onnx", "onnxscript", "onnxruntime"), "openvino": ("openvino",),
                  "iree": ("iree-turbine", "iree-base-compiler", "iree-base-runtime"), "executorch": ("executorch",)}
    model = session.params["model"]
    names = ("torch", *(() if model["kind"] in ("file", "forge") else ("transformers",)), "safetensors", "pytest", *of_backend.get(backend, ()))
    pinned = {name: f"{name}=={version}" for name in names if (version := version_of(name))}
    own = own_requirements(model, session.files.listing())
    return [*pinned.values(), *(one for one in own if one.partition("==")[0] not in pinned)]
