"""`forge:<folder>[:variant]`: a loader of tt-forge-models, in a checkout or alone.

Its class `ModelLoader` gives a model and inputs for one of its variants. It is called as the runner of tt-xla calls it;
what it breaks of the contract is said in one line each.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import inspect
import io
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, Iterator

import torch

from adapt_harness.errors import first_line, message_of
from adapt_harness.sources import redraw
from adapt_harness.sources.base import Inputs, Loaded, Source, SourceError
from adapt_harness.sources.forge import checkout, contract, hub, requirements, rules
from adapt_harness.sources.python_file import bind
from adapt_harness.sources.tokens import special_ids
from adapt_harness.sources.transformers_class import missing_package

TINY_LAYERS = 2


class ForgeLoader(Source):
    """`name` is the folder that holds loader.py; `factory` is the variant, where one was named."""

    def __init__(self, spec: dict[str, Any]):
        super().__init__(spec)
        self.folder = Path(spec["name"]).resolve()
        self.wanted = spec.get("factory") or None
        self.packages: dict[str, str] = {}
        self.module = ""  # of loader.py
        self.variant: Any = None
        self.arguments: dict[str, Any] = {}  # of ModelLoader beside the variant
        self._notes: list[str] = []

    def resolve(self) -> None:
        if not (self.folder / "loader.py").is_file():
            raise SourceError("other", f"no loader.py in {self.folder}")
        self.packages = checkout.packages_of(self.folder)

    def load(self, options: dict[str, Any]) -> Loaded:
        loader = self._loader_class()
        self.variant = rules.chosen_variant(loader, self.wanted)
        self._notes += [f"contract: {line}" for line in rules.breaches(loader, self.variant)]
        self._settle_size(loader)
        made = self._run("ModelLoader()", lambda: loader(**self._variant_argument(), **self.arguments))
        forwards = rules.takes_any(made.load_model)  # what is not for the loader goes on to the library
        model = rules.check_model(self._run("load_model", lambda: made.load_model(**(options if forwards else {})))).eval()
        for key, value in ({} if forwards else options).items():
            if hasattr(getattr(model, "config", None), key) or key.startswith("_"):
                setattr(model.config, key, value)
        if advice := requirements.advice(self.folder):
            self._notes.append(advice)
        cls, config = type(model), getattr(model, "config", None)
        return Loaded(
            model=model, cls=cls.__name__, module=cls.__module__, model_file=_file_of(cls, self.folder / "loader.py"),
            config=config.to_dict() if hasattr(config, "to_dict") else None, roots=self._roots(cls),
            notes=[self._about(loader), *self._notes], state=made,
        )  # fmt: skip

    def inputs(self, loaded: Loaded, draw: dict[str, Any]) -> Inputs:
        said = len(self._notes)
        given = self._run("load_inputs", lambda: loaded.state.load_inputs())
        rules.check_inputs(given)
        fed = bind(loaded.model, given)
        fed.notes += self._notes[said:]
        seed, variant = int(draw.get("seed", 0)), draw.get("variant", "base")
        return redraw.vary(fed, seed, variant, fresh=True, special=special_ids(loaded.config))

    def variants(self) -> list[str]:
        """The names of the loader's variants; nothing is loaded."""
        return [str(variant) for variant in rules.variants_of(self._loader_class())]

    def _loader_class(self) -> type:
        def imported() -> ModuleType:
            self.module = checkout.register(self.packages, contract)
            return importlib.import_module(self.module)

        return rules.model_loader(self._run("importing loader.py", imported), "loader.py")

    def _settle_size(self, loader: type) -> None:
        """Loaders of large language models cut themselves down by `num_layers`; there is no other convention."""
        if self.spec.get("size") == "tiny" and rules.takes(loader.__init__, "num_layers"):
            self.arguments["num_layers"] = TINY_LAYERS
            self._notes.append(f"size tiny: the loader was asked for {TINY_LAYERS} layers (num_layers); size full keeps all")

    def _variant_argument(self) -> dict[str, Any]:
        return {} if self.variant is None else {"variant": self.variant}

    def _about(self, loader: type) -> str:
        place = "a checkout" if self.packages[checkout.PACKAGE] else "no checkout: the contract is the harness's own"
        variants = rules.variants_of(loader)
        which = f"variant {self.variant} of {len(variants)}" if variants else "no variants"
        return f"loader of tt-forge-models in {place}; {which}"

    def _roots(self, cls: type) -> list[str]:
        """The model's folder below the checkout, and the library that defines its class, unless that is torch."""
        top = cls.__module__.partition(".")[0]
        spec = importlib.util.find_spec(top) if top not in ("torch", "third_party", "builtins", "__main__") else None
        library = list(spec.submodule_search_locations or []) if spec else []
        return [[*self.packages.values()][1] if len(self.packages) > 1 else str(self.folder), *library[:1]]

    def _run(self, what: str, call: Callable[[], Any]) -> Any:
        """Runs foreign code. Whatever ends it other than a limit is a SourceError of one line."""
        try:
            with torch.random.fork_rng(devices=[]), self._prints_noted(what):
                torch.manual_seed(self.seed)
                return call()
        except (SourceError, MemoryError, KeyboardInterrupt):
            raise
        except SystemExit as error:
            raise SourceError("exit", f"{what} ends the program: sys.exit({error.code!r:.80})") from error
        except BaseException as error:
            raise self._explained(what, error) from error

    def _explained(self, what: str, error: BaseException) -> SourceError:
        importing = what.startswith("importing")
        if isinstance(error, ImportError) and (error.name or "").startswith((checkout.PACKAGE, contract.__name__)):
            return SourceError("import-error", f"{what}: {self._not_in_checkout(error)}")
        if isinstance(error, ImportError):
            found = missing_package(error)
            advice = requirements.advice(self.folder)
            return SourceError(found.failure_class, f"{what}: {found.message}" + (f"; {advice}" if advice else ""))
        if (fetched := hub.wanted_from_hub(error)) is not None:
            named = fetched or getattr(self._config(), "pretrained_model_name", "")
            what_of = f"'{named}'" if named else "a file"
            return SourceError("bad-checkpoint", f"{what} wants {what_of} from a hub, and nothing is downloaded")
        return SourceError("import-error" if importing else "exception", f"{what}: {first_line(error)}")

    def _not_in_checkout(self, error: ImportError) -> str:
        """About a module or a name that the loader expects of the checkout it is written for."""
        if self.packages[checkout.PACKAGE]:
            return first_line(error, 200)
        named = re.search(r"cannot import name '(\w+)'", message_of(error))
        missing = named.group(1) if named else (error.name or "").removeprefix(checkout.PACKAGE + ".")
        return f"it imports {missing} of a checkout of tt-forge-models, and stands in none"

    def _config(self) -> Any:
        loader = getattr(sys.modules.get(self.module), "ModelLoader", None)
        return getattr(loader, "_VARIANTS", {}).get(self.variant) if loader is not None else None

    @contextlib.contextmanager
    def _prints_noted(self, what: str) -> Iterator[None]:
        counted = _Counted(sys.stdout)
        with contextlib.redirect_stdout(counted):
            yield
        if counted.characters:
            self._notes.append(f"contract: {what} prints {counted.characters} characters")


class _Counted(io.TextIOBase):
    """Counts what is written on its way to another stream."""

    def __init__(self, stream: Any):
        self._stream = stream
        self.characters = 0

    def write(self, text: str) -> int:
        self.characters += len(text)
        return self._stream.write(text)

    def flush(self) -> None:
        self._stream.flush()


def _file_of(cls: type, default: Path) -> str:
    try:
        return inspect.getfile(cls)
    except (TypeError, OSError):
        return str(default)
